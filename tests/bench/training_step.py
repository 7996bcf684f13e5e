#!/usr/bin/env python3
"""Compares a training step through the service with a dense one.

Starts a server on a Unix socket and trains a layer of 325,000 rows of 128
values with batches of 128, dense and through the service in turn, both on all
cores of this machine.  Prints the median output-layer time of a step, from
hidden values to new weights handed over, of each run and their ratio, and how
much of a step through the service is not computing: the query's round trip
less the server's own time, and handing over changed rows.

Needs build/release (cmake --preset release && cmake --build build/release).
"""

import argparse
import csv
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import urllib.request

from bench_server import METRICS, ROOT, server

HANDLING = "grpc_server_handling_seconds_{}{{grpc_method=\"QueryNeurons\""


def handling_ms():
    """Mean time of the server in a query so far."""
    with urllib.request.urlopen(f"http://{METRICS}/metrics") as reply:
        lines = reply.read().decode().splitlines()

    def value(kind):
        prefix = HANDLING.format(kind)
        return next(float(l.split()[-1]) for l in lines if l.startswith(prefix))

    return 1000 * value("sum") / value("count")


def train(build, data, address, mode, steps, flags):
    """The columns of the trainer's table by name."""
    out = subprocess.run(
        [
            build / "client/examples/mongoose-train-xc",
            "--data", data, "--data-name", "step", "--server", address,
            "--batch", "128", "--modes", mode, "--steps", str(steps),
            "--eval-points", "100", "--eval-every", str(steps), *flags,
        ],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    line = next(l for l in reversed(out.splitlines()) if l.startswith(mode))
    names = ("p1", "p3", "p5", "output", "query", "send", "total", "active")
    return dict(zip(names, map(float, line.split()[1:])))


def measure(args, folder):
    subprocess.run(
        [sys.executable, ROOT / "tests/bench/make_step_set.py", folder],
        check=True,
    )
    rows = []
    for pair in range(args.pairs):
        print(f"pair {pair + 1} of {args.pairs}", file=sys.stderr)
        with server(args.build, folder) as address:
            ours = train(
                args.build, folder, address, "mongoose", args.steps, args.flags
            )
            handling = handling_ms()
        dense = train(args.build, folder, address, "dense", args.steps // 8, [])
        wire = ours["query"] - handling + ours["send"]
        rows.append(
            {
                "dense_ms": dense["output"],
                "ours_ms": ours["output"],
                "ratio": round(dense["output"] / ours["output"], 2),
                "query_ms": ours["query"],
                "wire_ms": round(wire, 2),
                "wire_percent": round(100 * wire / ours["output"], 1),
                "active_percent": ours["active"],
            }
        )
        print(json.dumps(rows[-1]))
    return rows


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--pairs", type=int, default=3, help="[3]")
    parser.add_argument("--steps", type=int, default=240,
                        help="through the service; dense an eighth [240]")  # fmt: skip
    parser.add_argument("--csv", type=pathlib.Path, help="file to write")
    parser.add_argument(
        "flags", nargs="*",
        default=["--active-per-sample", "64", "--max-candidates", "128",
                 "--cells", "32", "--wire", "fp32", "--queried-share", "1"],
        help="after --: trainer flags of the service's runs",
    )  # fmt: skip
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(args, pathlib.Path(folder))
    if args.csv:
        with args.csv.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, rows[0])
            table.writeheader()
            table.writerows(rows)
    ratios = sorted(row["ratio"] for row in rows)
    print(f"dense / ours: {statistics.median(ratios)} [{ratios[0]}, {ratios[-1]}]")


if __name__ == "__main__":
    main()
