"""A test case with a server process of its own."""
import os
import pathlib
import subprocess
import tempfile
import unittest

from mongoose_client import Client, IndexSpec


class ServerCase(unittest.TestCase):
    """The server binary is MONGOOSE_SERVER; self.client talks to it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.socket = f"unix:{folder.name}/socket"
        self.log = pathlib.Path(folder.name) / "log"
        self.server = None
        self.addCleanup(self.stop_server)
        self.start_server()
        self.client = Client(self.socket)
        self.addCleanup(self.client.close)
        self.client.wait_ready()

    def start_server(self):
        with self.log.open("a", encoding="utf-8") as log:
            self.server = subprocess.Popen(
                [os.environ["MONGOOSE_SERVER"],
                 "--set", f'listen.addresses=["{self.socket}"]',
                 "--set", "listen.metrics_address=off",
                 "--set", "shutdown.drain_ms=0"], stderr=log)

    def stop_server(self):
        if self.server is not None:
            self.server.terminate()
            self.server.wait()
            self.server = None

    def create_layer(self, name, rows, **fields):
        """An index whose rows are `rows` [n, dim], with a snapshot."""
        self.client.create_index(IndexSpec(
            name=name, num_rows=len(rows), dim=rows.shape[1], **fields))
        with self.client.open_updates(name, "loader") as updates:
            updates.set_rows(range(len(rows)), rows)
            updates.wait_acked(20)
        self.client.wait_for_snapshot(name)
