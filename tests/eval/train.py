#!/usr/bin/env python3
"""Trains every arm of training_arms.txt and compares their learning curves.

Builds the worker and the server, starts the server on a Unix socket, trains
each arm once per set and seed, one after the other, and writes one CSV file
per run and training.md with tables and plots.  Runs whose CSV file is there
already are not repeated: use another --out after a change of flags.  Seconds
leave out evaluation, but the server goes on re-hashing and learning while the
worker evaluates.  docs/learning.md explains the figures.
"""
import argparse
import collections
import csv
import pathlib
import shlex
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] /
                       "client/python/examples"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bench"))
import svg_plot  # noqa: E402
from bench_server import ROOT, server  # noqa: E402
from replay_report import spread  # noqa: E402

PRECISIONS = ("precision_at_1", "precision_at_3", "precision_at_5")

Arm = collections.namedtuple("Arm", "name mode flags")


def read_arms(file):
    lines = [line.split() for line in file.read_text(encoding="utf-8")
             .splitlines() if line.strip() and not line.startswith("#")]
    return [Arm(name, mode, flags) for name, mode, *flags in lines]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=(
        argparse.RawDescriptionHelpFormatter))
    parser.add_argument(
        "--set", action="append", metavar="NAME=DIR", dest="sets",
        help="DIR has NAME.{train,test}.txt; may be repeated "
        "[wordnet=build/bench/data/wordnet, made if missing]")
    parser.add_argument("--arms", help="names, by comma [all]")
    parser.add_argument("--arms-file", type=pathlib.Path,
                        default=ROOT / "tests/eval/training_arms.txt")
    parser.add_argument("--seeds", default="1,2,3", help="[%(default)s]")
    parser.add_argument("--epochs", type=float, default=4, help="[%(default)s]")
    parser.add_argument("--eval-every", type=int, default=183,
                        help="steps between points of a curve [%(default)s]")
    parser.add_argument("--eval-points", type=int, default=0,
                        help="test points; 0: all")
    parser.add_argument("--out", type=pathlib.Path,
                        default=ROOT / "build/bench/training")
    parser.add_argument("--build", type=pathlib.Path,
                        default=ROOT / "build" / "release", metavar="DIR")
    parser.add_argument("--no-build", action="store_true",
                        help="use DIR as it is")
    arguments = parser.parse_args()
    arms = read_arms(arguments.arms_file)
    names = arguments.arms.split(",") if arguments.arms else [a.name for a in arms]
    unknown = set(names) - {arm.name for arm in arms}
    if unknown:
        parser.error(f"--arms must be of {arguments.arms_file}, "
                     f"got {', '.join(sorted(unknown))}")
    arguments.arms = [arm for arm in arms if arm.name in names]
    arguments.sets = [entry.partition("=")[::2] for entry in arguments.sets or [
        f"wordnet={ROOT / 'build/bench/data/wordnet'}"]]
    for name, folder in arguments.sets:
        if not folder:
            parser.error(f"--set must be NAME=DIR, got {name}")
    # Programs run in ROOT.
    arguments.sets = [(name, pathlib.Path(folder).resolve())
                      for name, folder in arguments.sets]
    arguments.out = arguments.out.resolve()
    arguments.build = arguments.build.resolve()
    return arguments


def run(*command):
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True)


def build(folder):
    run("deploy/setup.sh", "build", "demo")
    run("cmake", "--preset", "release", "-B", folder)
    run("cmake", "--build", folder, "--target", "mongoose-server",
        "mongoose-train-xc")


def curves_file(arguments, name, arm, seed):
    return arguments.out / f"{name}-{arm.name}-s{seed}.csv"


def missing_runs(arguments):
    """Set, folder, arm and seed of the runs without a CSV file."""
    return [(name, folder, arm, seed) for name, folder in arguments.sets
            for seed in arguments.seeds.split(",") for arm in arguments.arms
            if not curves_file(arguments, name, arm, seed).exists()]


def train(arguments, address, name, folder, arm, seed):
    print(f"{name}, {arm.name}, seed {seed}", flush=True)
    run(arguments.build / "client/examples/mongoose-train-xc", "--data", folder,
        "--data-name", name, "--modes", arm.mode, "--seed", seed,
        "--epochs", arguments.epochs, "--eval-points", arguments.eval_points,
        "--eval-every", arguments.eval_every,
        "--curves", curves_file(arguments, name, arm, seed),
        "--server", address, *arm.flags)


def read_runs(arguments, name, arm):
    """The curves of an arm, one a seed: lists of points."""
    runs = []
    for seed in arguments.seeds.split(","):
        with curves_file(arguments, name, arm, seed).open(
                encoding="utf-8", newline="") as lines:
            runs.append([{key: value if key == "mode" else float(value)
                          for key, value in row.items()}
                         for row in csv.DictReader(lines)])
    return runs


def seconds_to(points, precision):
    """Training time until P@1 first reaches `precision`; None if it never does."""
    return next((point["seconds"] for point in points
                 if point["precision_at_1"] >= precision), None)


def table(by_arm):
    dense = by_arm.get("dense")
    yield ("| arm | P@1 | P@3 | P@5 | best P@1 | active % | output ms "
           "| dense / output ms | total s | s to dense's last P@1 |")
    yield "|" + "---|" * 10
    for name, runs in by_arm.items():
        last = [points[-1] for points in runs]
        output = [statistics.median(p["output_ms"] for p in points)
                  for points in runs]
        ratio, reached = "–", "–"
        if dense:
            ratio = spread([statistics.median(p["output_ms"] for p in peer) / own
                            for peer, own in zip(dense, output)], 1)
            times = [seconds_to(points, peer[-1]["precision_at_1"])
                     for points, peer in zip(runs, dense)]
            reached = ("never" if None in times else spread(times, 0))
        yield "| " + " | ".join([
            name, *(spread([p[key] for p in last], 2) for key in PRECISIONS),
            spread([max(p["precision_at_1"] for p in points)
                    for points in runs], 2),
            spread([statistics.mean(p["active_percent"] for p in points)
                    for points in runs], 2),
            spread(output, 1), ratio,
            spread([p["seconds"] for p in last], 0), reached]) + " |"
    yield ""


def curve_table(by_arm):
    """P@1 by step."""
    steps = sorted({point["step"] for runs in by_arm.values()
                    for point in runs[0]})
    yield "| arm | " + " | ".join(f"{step:.0f}" for step in steps) + " |"
    yield "|" + "---|" * (len(steps) + 1)
    for name, runs in by_arm.items():
        values = {point["step"]: spread([points[i]["precision_at_1"]
                                         for points in runs if i < len(points)], 2)
                  for i, point in enumerate(runs[0])}
        yield f"| {name} | " + " | ".join(
            values.get(step, "–") for step in steps) + " |"
    yield ""


def plots(arguments, name, by_arm):
    """Of the first seed."""
    for precision, y_label in zip(PRECISIONS, ("P@1", "P@3", "P@5")):
        for x, x_label in (("step", "training step"), ("seconds", "seconds")):
            series = {arm: [(p[x], p[precision]) for p in runs[0]]
                      for arm, runs in by_arm.items()}
            file = f"{name}-{precision}-{x}.svg"
            (arguments.out / file).write_text(svg_plot.plot(
                f"{name}: {y_label} on the test set, %", x_label, y_label,
                series, log_y=False), encoding="utf-8")
            yield f"![{y_label}, {name}, by {x_label}]({file})\n"


def report(arguments):
    lines = ["# Training\n", "Means and, in brackets, least and most of seeds "
             f"{arguments.seeds}; {arguments.epochs:g} epochs.  Precision on "
             f"{arguments.eval_points or 'all'} test points, percent.\n"]
    for name, _ in arguments.sets:
        by_arm = {arm.name: read_runs(arguments, name, arm)
                  for arm in arguments.arms}
        lines += [f"## {name}\n", *table(by_arm), "P@1 by step:\n",
                  *curve_table(by_arm), *plots(arguments, name, by_arm)]
    lines += ["Flags:\n", *(f"- {arm.name}: `--modes {arm.mode} "
                            f"{shlex.join(arm.flags)}`" for arm in arguments.arms)]
    file = arguments.out / "training.md"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"report: {file}")


def main():
    arguments = parse_arguments()
    if not arguments.no_build:
        build(arguments.build)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, folder in arguments.sets:
        if name == "wordnet" and not pathlib.Path(folder, "wordnet.train.txt").exists():
            run("/usr/bin/python3", "client/examples/make_wordnet_set.py", folder)
    runs = missing_runs(arguments)
    if runs:
        with server(arguments.build, arguments.out) as address:
            for missing in runs:
                train(arguments, address, *missing)
    report(arguments)


if __name__ == "__main__":
    main()
