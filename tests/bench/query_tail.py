#!/usr/bin/env python3
"""Compares the tail of query latencies with and without work beside them.

Starts a server on a Unix socket with an index of 325,000 rows of 128 values and
asks for batches of 128 at a fixed rate, in turn on a quiet index and while an
update stream changes rows and all rows are re-hashed every second.  Prints p50
and p99 of both, in ms, and the ratio of the p99s.  Server and load share this
machine's cores.

Needs build/release (cmake --preset release && cmake --build build/release).
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile

from bench_server import ROOT, server

BUSY = ["--updates-per-second", "20", "--update-rows", "512"]
REBUILDS = {"rehash_policy": {"every_n": {"steps": 20}}}


def latencies(args, address, spec, flags):
    """The latencies of queries in ms by name."""
    out = subprocess.run(
        [
            args.build / "client/mongoosectl", "--server", address, "bench",
            "--create", "--rows", str(args.rows), "--dim", "128",
            "--rate", str(args.rate), "--batch", "128", "--concurrency", "1",
            "--layout", "union", "--duration", str(args.seconds),
            "--warmup", "3", "--spec", json.dumps(spec), "--json", *flags,
        ],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return json.loads(out)["queries"]["latency_ms"]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--pairs", type=int, default=3, help="[3]")
    parser.add_argument("--rows", type=int, default=325_000, help="[325000]")
    parser.add_argument("--rate", type=float, default=20, help="batches a second [20]")
    parser.add_argument("--seconds", type=float, default=15, help="of each run [15]")
    args = parser.parse_args()
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        with server(args.build, pathlib.Path(folder)) as address:
            for _ in range(args.pairs):
                quiet = latencies(args, address, {}, [])
                busy = latencies(args, address, REBUILDS, BUSY)
                ratios.append(busy["p99"] / quiet["p99"])
                print(
                    f"quiet p50 {quiet['p50']:.1f} p99 {quiet['p99']:.1f}, "
                    f"busy p50 {busy['p50']:.1f} p99 {busy['p99']:.1f}: "
                    f"{ratios[-1]:.2f}"
                )
    print(
        f"p99 busy / quiet: {statistics.median(ratios):.2f} "
        f"[{min(ratios):.2f}, {max(ratios):.2f}]"
    )


if __name__ == "__main__":
    main()
