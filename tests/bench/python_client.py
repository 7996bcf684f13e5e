#!/usr/bin/env python3
"""What the Python client costs: arrays as messages, and attention buckets.

Prints the time to encode and decode 1 MiB of queries against that of the same
bytes through the same message, and of the buckets of 16 x 4 heads of 1,024
positions of 64 values by the server and by the worker itself.  Needs the
target mongoose_python of --build.
"""
import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import time

from bench_server import ROOT, TCP, server

# glibc would give pages back between calls and time would go into faults.
MALLOC = {"MALLOC_TRIM_THRESHOLD_": str(1 << 28),
          "MALLOC_MMAP_THRESHOLD_": str(1 << 28)}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=(
        argparse.RawDescriptionHelpFormatter))
    parser.add_argument("--build", type=pathlib.Path, metavar="DIR",
                        default=ROOT / "build" / "release")
    parser.add_argument("--repeat", type=int, default=100, help="[%(default)s]")
    return parser.parse_args()


def timed(calls, repeat):
    """Milliseconds of each of the calls, taken in turn: {name: [..]}."""
    times = {name: [] for name in calls}
    for _ in range(repeat):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            times[name].append(1e3 * (time.perf_counter() - start))
    return times


def show(name, times):
    print(f"{name:44} p50 {statistics.median(times):8.2f} ms, "
          f"best {min(times):8.2f} ms")


def codec(repeat):
    import numpy as np
    from mongoose.v1 import index_service_pb2 as pb
    from mongoose_client import from_matrix, to_matrix
    values = np.random.default_rng(1).standard_normal((2048, 128), np.float32)
    times = timed({
        "array": lambda: from_matrix(pb.Matrix.FromString(
            to_matrix(values).SerializeToString())),
        "bytes": lambda: np.frombuffer(pb.Matrix.FromString(
            pb.Matrix(values=values.tobytes()).SerializeToString()).values,
                                       np.float32),
    }, repeat)
    show("1 MiB of queries, encoded and decoded", times["array"])
    show("the same as raw bytes", times["bytes"])
    ratio = (statistics.median(times["array"]) /
             statistics.median(times["bytes"]))
    print(f"{'ratio of medians':44} {ratio:.2f}")


def buckets(target, repeat):
    import numpy as np
    from mongoose_client import AttentionSpec, Client, IndexSpec
    from mongoose_client.messages import query_buckets_request
    vectors = np.random.default_rng(1).standard_normal((64, 1024, 64),
                                                       np.float32)
    with Client(target) as client, Client(TCP) as tcp:
        client.create_index(IndexSpec(
            name="heads", kind="INDEX_KIND_ATTENTION", dim=64,
            attention=AttentionSpec(num_rounds=1, bucket_size=64,
                                    max_buckets=16)))
        rotations = client.get_rotations("heads")
        times = timed({
            "served": lambda: client.query_buckets("heads", vectors),
            "served by TCP": lambda: tcp.query_buckets("heads", vectors),
            "served, bf16": lambda: client.query_buckets("heads", vectors,
                                                         bf16=True),
            "served by TCP, bf16": lambda: tcp.query_buckets("heads", vectors,
                                                             bf16=True),
            "local": lambda: rotations.assign(vectors),
        }, repeat)
        for name, of in times.items():
            show(f"buckets of 64 x 1,024 x 64, {name}", of)
        sent = query_buckets_request("heads", vectors).ByteSize()
        received = client.get_projection("heads").ByteSize()
    print(f"bytes sent to the server {sent:,}; rotations, once a version, "
          f"{received:,}: {sent / received:,.0f} times fewer")


def main():
    arguments = parse_arguments()
    if any(os.environ.get(name) != value for name, value in MALLOC.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv],
                  {**os.environ, **MALLOC})
    sys.path.insert(0, str(arguments.build / "client/python"))
    codec(arguments.repeat)
    with tempfile.TemporaryDirectory() as folder:
        with server(arguments.build, pathlib.Path(folder)) as target:
            buckets(target, max(10, arguments.repeat // 4))


if __name__ == "__main__":
    main()
