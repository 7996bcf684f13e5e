"""A Unix socket that leads to another one until it is cut."""
import contextlib
import os
import socket
import threading


class CuttableLink:
    """Forwards bytes both ways between clients at `path` and `server`."""

    def __init__(self, path, server):
        self.path = path
        self._server = server
        self._lock = threading.Lock()
        self._sockets = []
        self._listener = None
        self.restore()

    def restore(self):
        """Takes connections again."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        threading.Thread(target=self._accept, args=(self._listener,),
                         daemon=True).start()

    def cut(self):
        """Breaks all connections and takes no new ones."""
        with self._lock:
            broken = [self._listener, *self._sockets]
            self._sockets.clear()
        for one in broken:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                client = listener.accept()[0]
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                with self._lock:
                    self._sockets += [client, server]
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._forward, args=ends,
                                     daemon=True).start()

    @staticmethod
    def _forward(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)
