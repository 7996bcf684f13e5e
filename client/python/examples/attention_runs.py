"""Trains networks of several modes and seeds, and compares them."""
from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import pathlib
import statistics
import sys
import time
from typing import Callable, Dict, List, Tuple

import svg_plot
import torch
from mongoose_client import Client
from reformer import MODES, Reformer, RotationSource, Shape, make_network
from torch import Tensor, nn


@dataclasses.dataclass
class Task:
    """What is trained, and how it is measured."""
    title: str
    measure: str  # name of what `evaluate` gives; less is better
    shape: Shape
    loss: Callable[[Reformer], Tensor]  # of a new batch
    evaluate: Callable[[Reformer], float]


@dataclasses.dataclass
class Point:
    """The state of a run."""
    step: int
    seconds: float  # of training, evaluation left out
    train_loss: float  # mean since the point before
    value: float  # of the task's measure


@dataclasses.dataclass
class Run:
    mode: str
    seed: int
    points: List[Point]
    seconds_per_step: float
    # Of mongoose alone; of all layers.
    skipped: float = 0.0  # share of passes nothing was learned from
    sent: int = 0
    adopted: int = 0


def add_run_flags(parser: argparse.ArgumentParser, steps: int, batch: int,
                  learning_rate: float = 1e-3) -> None:
    add = parser.add_argument
    add("--target", default="127.0.0.1:50051", help="the server's address")
    add("--modes", nargs="+", choices=MODES, default=list(MODES))
    add("--seeds", nargs="+", type=int, default=[1])
    add("--steps", type=int, default=steps)
    add("--seconds", type=float, default=float("inf"),
        help="end a run after so much training time")
    add("--batch", type=int, default=batch, help="sequences of a step")
    add("--learning-rate", type=float, default=learning_rate)
    add("--threshold", type=float, default=0.005,
        help="drift of a projection at which rotations are learned again")
    add("--explore", type=float, default=0.5,
        help="share of passes that use random rotations all the same")
    add("--report-every", type=int, default=100, help="steps")
    add("--out", type=pathlib.Path, default=pathlib.Path("."),
        help="folder for plots and runs.json")


def compare(task: Task, flags: argparse.Namespace) -> None:
    """Runs all modes and seeds; prints a table, writes plots and runs."""
    runs: List[Run] = []
    with Client(flags.target, timeout=120) as client:
        client.wait_ready()
        for seed in flags.seeds:
            for mode in flags.modes:
                runs.append(train(client, task, mode, seed, flags)[0])
    flags.out.mkdir(parents=True, exist_ok=True)
    (flags.out / "runs.json").write_text(
        json.dumps([dataclasses.asdict(run) for run in runs], indent=1))
    for axis in ("step", "seconds"):
        (flags.out / f"{axis}.svg").write_text(_plot(task, runs, axis))
    print(_table(task, runs))


def train(client: Client, task: Task, mode: str, seed: int,
          flags: argparse.Namespace) -> Tuple[Run, Reformer]:
    """A run and the network it leaves."""
    torch.manual_seed(seed)
    source = RotationSource(client, f"{mode}-{seed}-{time.time_ns()}", mode,
                            task.shape, seed, flags.threshold, flags.explore)
    network = make_network(mode, task.shape, source)
    optimizer = torch.optim.Adam(network.parameters(), flags.learning_rate)
    points: List[Point] = []
    losses: List[float] = []
    seconds = 0.0
    step = 0
    while step < flags.steps and seconds < flags.seconds:
        step += 1
        start = time.perf_counter()
        losses.append(_step(network, task, optimizer))
        seconds += time.perf_counter() - start
        last = step == flags.steps or seconds >= flags.seconds
        if step % flags.report_every == 0 or last:
            points.append(Point(step, seconds, statistics.fmean(losses),
                                _evaluate(network, task)))
            losses.clear()
            _progress(task, mode, seed, points[-1], flags.steps)
    source.close()
    print(file=sys.stderr)
    run = Run(mode, seed, points, seconds / step)
    for rotations in source.learned:
        run.sent += rotations.sent
        run.adopted += rotations.adopted
        run.skipped += rotations.skipped / len(source.learned)
    return run, network


def _step(network: Reformer, task: Task, optimizer: torch.optim.Optimizer
          ) -> float:
    network.train()
    loss = task.loss(network)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    return loss.item()


def _evaluate(network: Reformer, task: Task) -> float:
    network.eval()
    with torch.no_grad():
        return task.evaluate(network)


def _progress(task: Task, mode: str, seed: int, point: Point, steps: int
              ) -> None:
    print(f"\r{mode} seed {seed} step {point.step} of {steps}, "
          f"{point.seconds:.0f} s: loss {point.train_loss:.3f}, "
          f"{task.measure} {point.value:.3f}  ", end="", file=sys.stderr)


def _plot(task: Task, runs: List[Run], axis: str) -> str:
    series = {
        f"{run.mode} {run.seed}": [(getattr(p, axis), p.value)
                                   for p in run.points] for run in runs
    }
    return svg_plot.plot(task.title, axis, task.measure, series, log_y=False)


def _spread(values: List[float], digits: int = 3) -> str:
    mean = f"{statistics.fmean(values):.{digits}f}"
    if len(values) == 1:
        return mean
    return f"{mean} ({min(values):.{digits}f}..{max(values):.{digits}f})"


def _table(task: Task, runs: List[Run]) -> str:
    """Means and spreads over seeds, in Markdown."""
    by_mode: Dict[str, List[Run]] = collections.defaultdict(list)
    for run in runs:
        by_mode[run.mode].append(run)
    lines = [
        f"| mode | {task.measure} | training loss | steps | ms a step | "
        "learned from | adopted | skipped |",
        "|---|---|---|---|---|---|---|---|"
    ]
    for mode, own in by_mode.items():
        last = [run.points[-1] for run in own]
        cells = [
            mode, _spread([p.value for p in last]),
            _spread([p.train_loss for p in last]),
            _spread([float(p.step) for p in last], 0),
            _spread([1e3 * run.seconds_per_step for run in own], 1)
        ]
        if mode == "mongoose":
            cells += [
                _spread([float(run.sent) for run in own], 0),
                _spread([float(run.adopted) for run in own], 0),
                _spread([run.skipped for run in own])
            ]
        else:
            cells += ["", "", ""]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
