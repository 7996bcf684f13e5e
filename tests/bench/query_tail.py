#!/usr/bin/env python3
"""Compares the tail of query latencies with and without work beside them.

Starts a server on a Unix socket with an index of 325,000 rows of 128 values and
asks for batches of 128 at a fixed rate, in turn on a quiet index and on a busy
one.  --work re-hash: an update stream changes rows and all rows are re-hashed
every second.  --work learning: the busy index learns from the queries, the
quiet one does not.  Prints p50 and p99 of both, in ms, and the ratios.  Server
and load share this machine's cores.

Needs build/release (cmake --preset release && cmake --build build/release).
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile

from bench_server import ROOT, server

OFF = {"learning": {"mode": "LEARN_MODE_OFF"}}
# Spec of the quiet and of the busy index, and flags of the latter.
WORK = {
    "re-hash": (
        {},
        {"rehash_policy": {"every_n": {"steps": 20}}},
        ["--updates-per-second", "20", "--update-rows", "512"],
    ),
    "learning": (OFF, {}, []),
}


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
    parser.add_argument("--work", choices=WORK, default="re-hash", help="[re-hash]")
    parser.add_argument("--pairs", type=int, default=3, help="[3]")
    parser.add_argument("--rows", type=int, default=325_000, help="[325000]")
    parser.add_argument("--rate", type=float, default=20, help="batches a second [20]")
    parser.add_argument("--seconds", type=float, default=15, help="of each run [15]")
    args = parser.parse_args()
    quiet_spec, busy_spec, busy_flags = WORK[args.work]
    ratios = {"p50": [], "p99": []}
    with tempfile.TemporaryDirectory() as folder:
        with server(args.build, pathlib.Path(folder)) as address:
            for _ in range(args.pairs):
                quiet = latencies(args, address, quiet_spec, [])
                busy = latencies(args, address, busy_spec, busy_flags)
                for name, values in ratios.items():
                    values.append(busy[name] / quiet[name])
                print(
                    f"quiet p50 {quiet['p50']:.1f} p99 {quiet['p99']:.1f}, "
                    f"busy p50 {busy['p50']:.1f} p99 {busy['p99']:.1f}: "
                    f"{ratios['p50'][-1]:.2f}, {ratios['p99'][-1]:.2f}",
                    flush=True,
                )
    for name, values in ratios.items():
        print(
            f"{name} busy / quiet: {statistics.median(values):.2f} "
            f"[{min(values):.2f}, {max(values):.2f}]"
        )


if __name__ == "__main__":
    main()
