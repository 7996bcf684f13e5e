#!/usr/bin/env python3
"""Writes a synthetic extreme-classification set for training_step.py.

Labels form clusters, as in real catalogues: a point has one to three labels of
one cluster, and features of the cluster, of its labels, and of nothing.
Popular clusters and labels come first (Zipf).  One seed, so always the same.
"""

import argparse
import pathlib
import random

CLUSTER_SIZE = 100
FEATURES = 30_000
NOISE_FEATURES = 1_000


def skewed(rng: random.Random, count: int) -> int:
    """An integer below `count`; P(n) falls about as 1 / n."""
    return min(int(count ** rng.random()), count) - 1


def point(rng: random.Random, num_labels: int) -> str:
    cluster = skewed(rng, num_labels // CLUSTER_SIZE)
    labels = sorted(
        {
            cluster * CLUSTER_SIZE + skewed(rng, CLUSTER_SIZE)
            for _ in range(rng.randint(1, 3))
        }
    )
    features = {rng.randrange(NOISE_FEATURES) for _ in range(4)}
    tokens = [(cluster, i) for i in range(4)]
    tokens += [(label, -1 - i) for label in labels for i in range(3)]
    for token in tokens:
        hashed = random.Random(repr(token)).randrange(FEATURES - NOISE_FEATURES)
        features.add(NOISE_FEATURES + hashed)
    return (
        ",".join(map(str, labels))
        + " "
        + " ".join(f"{feature}:1.0" for feature in sorted(features))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--labels", type=int, default=325_000)
    parser.add_argument("--points", type=int, default=51_200)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(1)
    for part, count in (("train", args.points), ("test", 1_000)):
        lines = [f"{count} {FEATURES} {args.labels}"]
        lines += [point(rng, args.labels) for _ in range(count)]
        text = "\n".join(lines) + "\n"
        (args.folder / f"step.{part}.txt").write_text(text, encoding="ascii")


if __name__ == "__main__":
    main()
