"""Cases that run the stack as operators do; tests/deploy/run.sh starts them.

Each case leaves the stack as it found it: server, monitors and worker up.
"""
import datetime
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
from mongoose_client import Client, IndexSpec, MongooseError

import check_promql
import stack
from stack import wait_until


def worker_goes_on(case):
    """Training steps rise, of the same worker container."""
    restarts = stack.inspect("worker")["RestartCount"]
    assert restarts == 0, f"{case}: the worker was restarted {restarts} times"
    wait_until("the index is loaded", lambda: stack.training_steps() > 0, 90)
    before = stack.training_steps()
    wait_until("training goes on", lambda: stack.training_steps() > before, 90)


def case_up():
    """Healthy, quickly; small; with the rights of nobody."""
    stack.compose("up", "-d", "--no-build", "mongoose", "prometheus", "alertmanager")
    wait_until("healthy", stack.is_healthy, 60)
    started = datetime.datetime.fromisoformat(
        stack.inspect("mongoose")["State"]["StartedAt"][:26] + "+00:00")
    ready = next(e for e in stack.events() if e["event"] == "ready")["time"]
    seconds = (datetime.datetime.fromisoformat(ready.replace("Z", "+00:00"))
               - started).total_seconds()
    print(f"  container start to ready: {seconds:.2f} s")
    assert seconds <= 2, seconds
    sizes = {name: int(stack.run("docker", "image", "inspect", "-f", "{{.Size}}", name))
             for name in ("mongoose:0.1.0", "debian:bookworm-slim")}
    added = (sizes["mongoose:0.1.0"] - sizes["debian:bookworm-slim"]) / 1e6
    print(f"  image: {added:.0f} MB over the base")
    assert added <= 150, added
    host = stack.inspect("mongoose")["HostConfig"]
    assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"], host
    assert stack.run("docker", "exec", stack.container("mongoose"), "id", "-u") == "10001\n"


def case_train():
    """The worker of the profile `demo` trains."""
    stack.compose("up", "-d", "--no-build", "worker")
    wait_until("first training steps", lambda: stack.training_steps() > 20, 120)


def case_promql():
    """Panels, rules and alerts show something while training runs."""
    time.sleep(30)  # a rate needs some history
    wait_until("every expression has a finite series",
               lambda: not check_promql.problems()[1] or print(check_promql.problems()[1]), 120)
    print(f"  {check_promql.problems()[0]} expressions")
    metrics = stack.get(stack.HTTP + "/metrics")
    checked = subprocess.run(["promtool", "check", "metrics"], input=metrics, text=True,
                             capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def case_page():
    """The status page in a browser, wide and on a phone, and a preview of the
    dashboards from the same Prometheus."""
    modules = stack.ROOT / "build/tools/playwright/node_modules"
    if not (modules / "playwright-core").exists():
        print("  SKIPPED, no playwright-core")
        return
    pictures = stack.ROOT / "build/deploy/pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    print(stack.run("node", "tests/deploy/page.mjs", stack.HTTP, stack.PROMETHEUS,
                    str(pictures), cwd=stack.ROOT,
                    env={**os.environ, "PLAYWRIGHT": str(modules / "playwright-core")}),
          end="")


def case_kill():
    """SIGKILL: the engine starts the server again, the worker loads its rows
    again and goes on."""
    before = stack.inspect("mongoose")
    os.kill(before["State"]["Pid"], signal.SIGKILL)
    wait_until("started again", lambda: stack.inspect("mongoose")["RestartCount"]
               == before["RestartCount"] + 1 and stack.is_healthy(), 60)
    worker_goes_on("kill")
    wait_until("MongooseRestarted fires", lambda: "MongooseRestarted" in stack.alerts(), 60)


def case_disconnect():
    """A server that cannot be reached raises the alarm, and ends it."""
    network, name = f"{stack.PROJECT}_mongoose", stack.container("mongoose")
    stack.run("docker", "network", "disconnect", network, name)
    wait_until("MongooseDown fires", lambda: "MongooseDown" in stack.alerts(), 120)
    stack.run("docker", "network", "connect", "--alias", "mongoose", network, name)
    wait_until("MongooseDown clears", lambda: "MongooseDown" not in stack.alerts(), 120)
    worker_goes_on("disconnect")


class Writer(threading.Thread):
    """Changes rows of an index of its own until stopped; counts what was
    acknowledged and every error."""

    ROWS, DIM = 2000, 16

    def __init__(self):
        super().__init__()
        self.rows = np.random.default_rng(1).standard_normal((self.ROWS, self.DIM), np.float32)
        self.acknowledged = 0
        self.errors = []
        self.ends = threading.Event()

    def run(self):
        with Client(stack.SERVER, timeout=10) as client:
            client.wait_ready()
            client.create_index(IndexSpec(name="stopped", num_rows=self.ROWS, dim=self.DIM))
            with client.open_updates("stopped", "writer", reconnect_timeout=3) as updates:
                updates.set_rows(range(self.ROWS), self.rows)
                updates.wait_acked(20)
                client.wait_for_snapshot("stopped")
                self.change_rows(client, updates)

    def change_rows(self, client, updates):
        random = np.random.default_rng(2)
        while not self.ends.is_set():
            ids = random.choice(self.ROWS, 50, replace=False)
            try:
                updates.set_rows(ids, self.rows[ids])
                updates.wait_acked(20)
                self.acknowledged = updates.state.applied_sequence
                client.query_neurons("stopped", self.rows[:4])
            except MongooseError as error:
                self.errors.append(error.code.name)
                print(f"  the writer saw: {error}")
                return


def case_stop():
    """docker stop: every acknowledged chunk was applied, and calls fail with
    UNAVAILABLE only."""
    writer = Writer()
    writer.start()
    wait_until("writing", lambda: writer.acknowledged > 50, 60)
    stack.run("docker", "stop", "-t", "20", stack.container("mongoose"))
    writer.ends.set()
    writer.join(60)
    state = stack.inspect("mongoose")["State"]
    applied = [e["applied_sequence"] for e in stack.events()
               if e["event"] == "index at stop" and e["index"] == "stopped"]
    print(f"  acknowledged {writer.acknowledged}, applied {applied}, errors {writer.errors}, "
          f"exit code {state['ExitCode']}")
    assert state["ExitCode"] == 0, state
    assert set(writer.errors) <= {"UNAVAILABLE"}, writer.errors
    assert applied and applied[-1] >= writer.acknowledged
    stack.compose("up", "-d", "--no-build", "mongoose")
    wait_until("healthy", stack.is_healthy, 60)
    worker_goes_on("stop")


def case_memory():
    """Beyond the container's limit: said in the log, ended by the kernel, started
    again, alarm raised."""
    stack.compose("stop", "worker")
    stack.compose("up", "-d", "--no-build", "mongoose", memory="160m")
    wait_until("healthy", stack.is_healthy, 60)
    restarts = stack.inspect("mongoose")["RestartCount"]
    wait_until("Prometheus sees the limit", lambda: stack.query(
        'mongoose_memory_limit_bytes{scope="process"} == 160 * 1024 * 1024'), 30)
    starts = starts_seen()
    try:
        fill_memory()
    except MongooseError as error:
        print(f"  the client saw: {error.code.name}")
    wait_until("ended and started again", lambda: stack.inspect("mongoose")["RestartCount"]
               > restarts and stack.is_healthy(), 90)
    high = [e for e in stack.events() if e["event"] == "memory high"]
    assert high and high[-1]["limit_bytes"] == 160 << 20, high
    wait_until("Prometheus sees it and the alert fires", lambda: starts_seen() > starts
               and "MongooseRestarted" in stack.alerts(), 60)
    stack.compose("up", "-d", "--no-build", "mongoose", "worker")
    wait_until("healthy", stack.is_healthy, 60)


def starts_seen():
    """What MongooseRestarted counts."""
    found = stack.query("changes(process_start_time_seconds{job=\"mongoose\"}[10m])")
    return sum(float(sample["value"][1]) for sample in found)


def fill_memory():
    """An index as large as the limit lets one be created, whose rows then change
    again and again: copies and rebuilds need more than the estimate."""
    rows, dim = 165_000, 128
    values = np.random.default_rng(1).standard_normal((rows, dim), np.float32)
    with Client(stack.SERVER, timeout=10) as client:
        client.wait_ready()
        client.create_index(IndexSpec(name="large", num_rows=rows, dim=dim))
        with client.open_updates("large", "writer", reconnect_timeout=5) as updates:
            end = time.monotonic() + 60
            while time.monotonic() < end:
                for first in range(0, rows, 5000):
                    updates.set_rows(range(first, min(rows, first + 5000)),
                                     values[first:first + 5000])
                updates.wait_acked(60)
                values = -values


def case_cuda():
    """The image with the CUDA device: as small, and clear where no GPU is."""
    if not stack.run("docker", "images", "-q", "mongoose-cuda:0.1.0"):
        print("  SKIPPED: there is no nvcc to build it with")
        return
    done = subprocess.run(["docker", "run", "--rm", "--network", "none", "mongoose-cuda:0.1.0"],
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == os.EX_UNAVAILABLE, done
    assert "pools.rehash_backend must be one that this machine has, got cuda: " \
           "cudaErrorInsufficientDriver" in done.stderr, done.stderr
    sizes = [int(stack.run("docker", "image", "inspect", "-f", "{{.Size}}", name))
             for name in ("mongoose-cuda:0.1.0", "mongoose:0.1.0")]
    print(f"  image: {(sizes[0] - sizes[1]) / 1e6:.0f} MB over mongoose:0.1.0")
    stack.run("docker", "run", "--rm", "--network", "none", "mongoose-cuda:0.1.0",
              "--check-config", "--set", "pools.rehash_backend=emulated")


CASES = [case_cuda, case_up, case_train, case_promql, case_page, case_kill, case_disconnect,
         case_stop, case_memory]


def main():
    wanted = sys.argv[1:]
    names = [case.__name__.removeprefix("case_") for case in CASES]
    if unknown := set(wanted) - set(names):
        sys.exit(f"unknown case: {', '.join(unknown)}; there are {', '.join(names)}")
    for name, case in zip(names, CASES):
        if wanted and name not in wanted and name not in ("up", "train"):
            continue
        start = time.monotonic()
        print(f"{name}: " + " ".join(case.__doc__.split()))
        try:
            case()
        except BaseException:
            for service in ("mongoose", "worker", "prometheus", "alertmanager"):
                try:
                    print(f"--- {service}\n{stack.logs(service)[-3000:]}")
                except (RuntimeError, subprocess.SubprocessError) as error:
                    print(error)
            raise
        print(f"  ok, {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
