"""Starts and stops the server that a benchmark talks to."""

import contextlib
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
METRICS = "127.0.0.1:19465"
TCP = "127.0.0.1:19451"


@contextlib.contextmanager
def server(build, folder):
    """A server on a Unix socket in `folder`, whose address it yields, and on
    TCP."""
    socket = folder / "server.sock"
    log = (folder / "server.log").open("w+", encoding="utf-8")
    process = subprocess.Popen(
        [
            build / "server/mongoose-server",
            "--set", f"listen.addresses=[\"unix:{socket}\", \"{TCP}\"]",
            "--set", f"listen.metrics_address={METRICS}",
            "--set", "shutdown.drain_ms=0",
        ],
        stderr=log,
    )  # fmt: skip
    try:
        for _ in range(100):
            log.seek(0)
            if '"event":"ready"' in log.read():
                break
            if process.poll() is not None:
                log.seek(0)
                sys.exit(f"the server ended:\n{log.read()}")
            time.sleep(0.1)
        else:
            sys.exit("the server is not ready after 10 s")
        yield f"unix:{socket}"
    finally:
        process.terminate()
        process.wait()
        log.close()
