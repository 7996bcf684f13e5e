#!/usr/bin/env python3
"""Learned against random rotations, with a server of its own.

copy and lm train the examples of those names in all modes; all their flags
may follow.  mass trains with full attention and prints which share of it
chunks keep at several rounds of hashing; flags of the copy task may follow.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "client/python/examples"
sys.path[:0] = [str(EXAMPLES), str(ROOT / "tests/bench")]
from bench_server import server  # noqa: E402

ROUNDS = (1, 2, 4, 8)
# Candidates an index may learn in a row, each from other sequences.
CANDIDATES = 20


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=(
        argparse.RawDescriptionHelpFormatter))
    parser.add_argument("what", choices=("copy", "lm", "mass"))
    parser.add_argument("--build", type=pathlib.Path, metavar="DIR",
                        default=ROOT / "build" / "release")
    return parser.parse_known_args()


class Sequences:
    """Shared queries and keys of the last layer of a network, per batch."""

    def __init__(self, network, task):
        self._network = network
        self._task = task
        self._layer = network.attention[-1]
        self._seen = []
        self._layer.register_forward_pre_hook(
            lambda _, inputs: self._seen.append(inputs[0]))

    def batch(self):
        """[heads, seq, dim]."""
        import torch
        self._seen.clear()
        self._network.eval()
        with torch.no_grad():
            self._task.loss(self._network)
            return self._layer._split(
                self._layer.to_qk(self._seen[0])).contiguous()


def kept(rotations, qk, chunk):
    """Shares of attention, and of strong attention, that chunks keep."""
    import torch
    from mongoose_client.torch import LshSelfAttention
    seq = qk.shape[1]
    order = LshSelfAttention.sort(rotations, qk, None)
    chunks = -(-seq // chunk)
    of = order.argsort(2) // chunk
    apart = (of[:, :, :, None] - of[:, :, None, :]) % chunks
    together = ((apart == 0) | (apart == 1)).any(1)
    positions = torch.arange(seq)
    scores = (qk @ torch.nn.functional.normalize(qk, dim=-1).transpose(1, 2) /
              qk.shape[-1] ** 0.5)
    scores.masked_fill_(positions[:, None] <= positions, float("-inf"))
    weights = scores.softmax(-1)[:, 1:]
    strong = (weights - 2 / positions[1:, None]).clamp(min=0)
    together = together[:, 1:]
    return (float((weights * together).sum() / weights.sum()),
            float((strong * together).sum() / strong.sum()))


def measure_rounds(client, sequences, task, seed, rounds):
    """(random, learned) shares on sequences that were not learned from."""
    import numpy as np
    from reformer import index_spec
    shape = task.shape
    name = f"mass-{seed}-{rounds}"
    client.create_index(index_spec(name, shape, rounds, seed))
    for _ in range(CANDIDATES):
        answer = client.learn_rotations(name, sequences.batch().numpy())
        if not answer.adopted:
            break
    learned = client.get_rotations(name)
    random = np.random.default_rng(seed)
    test = sequences.batch()
    draws = [kept(learned.redrawn(random), test, shape.chunk)
             for _ in range(4)]
    print(f"seed {seed}, {rounds} rounds: version {learned.version}, last "
          f"{answer.reason}", file=sys.stderr)
    return ([statistics.fmean(of) for of in zip(*draws)],
            kept(learned, test, shape.chunk))


def spread(values):
    return (f"{statistics.fmean(values):.3f} "
            f"({min(values):.3f}..{max(values):.3f})")


def measure_mass(target, arguments):
    from attention_runs import train
    from mongoose_client import Client
    from train_copy import make_task
    task, flags = make_task(["--target", target, *arguments])
    found = {rounds: [] for rounds in ROUNDS}
    with Client(target, timeout=120) as client:
        client.wait_ready()
        for seed in flags.seeds:
            _, network = train(client, task, "full", seed, flags)
            sequences = Sequences(network, task)
            for rounds in ROUNDS:
                found[rounds].append(measure_rounds(client, sequences, task,
                                                    seed, rounds))
    print("| rounds | attention kept, random | learned | strong attention "
          "kept, random | learned |\n|---|---|---|---|---|")
    for rounds, pairs in found.items():
        cells = [spread([pair[arm][which] for pair in pairs])
                 for which in (0, 1) for arm in (0, 1)]
        print(f"| {rounds} | " + " | ".join(cells) + " |")


def main():
    arguments, rest = parse_arguments()
    package = arguments.build / "client/python"
    with tempfile.TemporaryDirectory() as folder:
        with server(arguments.build, pathlib.Path(folder)) as target:
            if arguments.what == "mass":
                sys.path.insert(0, str(package))
                measure_mass(target, rest)
                return
            subprocess.run(
                [sys.executable, "-B", EXAMPLES / f"train_{arguments.what}.py",
                 "--target", target, *rest], check=True,
                env={**os.environ, "PYTHONPATH": str(package)})


if __name__ == "__main__":
    main()
