#!/usr/bin/python3
"""What operating costs: start, scrape, memory and CPU per million rows.

usage: operations_cost.py [--build build/release] [start|scrape|size]...

Needs the server and the Python package built; size takes some minutes and up to
4 GiB.  Prints Markdown tables.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import bench_server

PAGE = f"http://{bench_server.METRICS}"


def scrape():
    with urllib.request.urlopen(f"{PAGE}/metrics", timeout=30) as reply:
        return reply.read().decode()


def series(text, name):
    """Sum over the labels of a series."""
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
               if line.startswith((name + " ", name + "{")))


def measure_start(build):
    """From exec to `ready`, with no index."""
    seconds = []
    for _ in range(10):
        with tempfile.TemporaryDirectory() as folder:
            start = time.monotonic()
            process = subprocess.Popen(
                [build / "server/mongoose-server", "--set",
                 f'listen.addresses=["unix:{folder}/s"]', "--set",
                 "listen.metrics_address=127.0.0.1:0", "--set",
                 "shutdown.drain_ms=0"], stderr=subprocess.PIPE, text=True)
            for line in process.stderr:
                if '"ready"' in line:
                    break
            seconds.append(time.monotonic() - start)
            process.terminate()
            process.communicate()
    print("| start to ready, 10 times | median | most |\n|---|---|---|")
    print(f"| empty store | {1e3 * statistics.median(seconds):.0f} ms | "
          f"{1e3 * max(seconds):.0f} ms |\n")


def load(client, name, rows, dim, **fields):
    import numpy as np
    from mongoose_client import IndexSpec
    client.create_index(IndexSpec(name=name, num_rows=rows, dim=dim, **fields))
    random = np.random.default_rng(1)
    with client.open_updates(name, "loader") as updates:
        for first in range(0, rows, 20000):
            ids = np.arange(first, min(rows, first + 20000))
            updates.set_rows(ids, random.standard_normal((len(ids), dim), np.float32))
        updates.wait_acked(600)
    client.wait_for_snapshot(name, 600)


def measure_scrape(build):
    """/metrics with 100 indexes."""
    from mongoose_client import Client
    with tempfile.TemporaryDirectory() as folder, \
            bench_server.server(build, pathlib.Path(folder)) as address, \
            Client(address) as client:
        client.wait_ready()
        for i in range(100):
            load(client, f"layer-{i}", 1000, 16)
        times = []
        for _ in range(100):
            start = time.monotonic()
            text = scrape()
            times.append(time.monotonic() - start)
    times.sort()
    print("| scrape of 100 indexes, 100 times | median | 99th | size |\n|---|---|---|---|")
    print(f"| /metrics | {1e3 * times[50]:.1f} ms | {1e3 * times[98]:.1f} ms | "
          f"{len(text) / 1e3:.0f} kB |\n")


def resident_peak(process):
    status = pathlib.Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines()
                if line.startswith("VmHWM"))


def measure_size(build):
    """Memory and CPU of a million rows, by kind of row and family."""
    import numpy as np
    from mongoose.v1 import index_service_pb2 as pb
    from mongoose_client import Client, HashSpec
    rows, dim, batch = 1_000_000, 128, 512
    print("| 1,000,000 rows of 128 | estimate | in RAM | peak | load and first snapshot, CPU "
          "| 1,000 queries, CPU |\n|---|---|---|---|---|---|")
    simhash = HashSpec(family=pb.HASH_FAMILY_DENSE_SIGN)
    for name, fields in (("PARTITION, FP32", {}),
                         ("PARTITION, BF16", {"replica_dtype": pb.DATA_TYPE_BF16}),
                         ("SimHash 50 x 10, FP32", {"hash": simhash})):
        with tempfile.TemporaryDirectory() as folder, \
                bench_server.server(build, pathlib.Path(folder)) as address, \
                Client(address, timeout=300) as client:
            client.wait_ready()
            load(client, "layer", rows, dim, **fields)
            text = scrape()
            estimate = series(text, "mongoose_index_memory_bytes")
            resident = series(text, "process_resident_memory_bytes")
            cpu = series(text, "process_cpu_seconds_total")
            queries = np.random.default_rng(2).standard_normal((batch, dim), np.float32)
            for _ in range(8):
                client.query_neurons("layer", queries, num_active=32)
            spent = series(scrape(), "process_cpu_seconds_total") - cpu
            server = int(subprocess.run(
                ["pgrep", "-f", f"mongoose-server.*{folder}"], check=True,
                capture_output=True, text=True).stdout.split()[0])
            print(f"| {name} | {estimate / 2**20:.0f} MiB | {resident / 2**20:.0f} MiB | "
                  f"{resident_peak(server):.0f} MiB | {cpu:.0f} s | "
                  f"{1e3 * spent / (8 * batch):.2f} s |", flush=True)
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release", type=pathlib.Path)
    measures = {"start": measure_start, "scrape": measure_scrape, "size": measure_size}
    parser.add_argument("what", nargs="*", choices=[*measures, []], default=list(measures))
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    sys.path.insert(0, os.fspath(build / "client/python"))
    for name in arguments.what:
        measures[name](build)


if __name__ == "__main__":
    main()
