#!/usr/bin/env python3
"""A language model over the bytes of a text file; the last 5 % are held back.

Needs a running server and PyTorch, e.g.

    build/release/server/mongoose-server &
    PYTHONPATH=build/release/client/python \\
        python3 client/python/examples/train_lm.py --text book.txt
"""
import argparse
import lzma
import math
import pathlib
import sys
from typing import List, Optional, Tuple

import torch
from attention_runs import Task, add_run_flags, compare
from reformer import Reformer, add_shape_flags, shape_of
from torch import Tensor

# On every Debian machine.
LICENSES = pathlib.Path("/usr/share/common-licenses")


def read_bytes(path: pathlib.Path) -> Tensor:
    """All bytes of a file, of one that ends in .xz unpacked; of a folder those
    of its files."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if not file.is_symlink())
        return torch.cat([read_bytes(file) for file in files])
    data = path.read_bytes()
    if path.suffix == ".xz":
        data = lzma.decompress(data)
    return torch.frombuffer(bytearray(data), dtype=torch.uint8).long()


def windows(text: Tensor, starts: Tensor, length: int) -> Tensor:
    """[starts, length] bytes."""
    return text[starts[:, None] + torch.arange(length)]


def byte_loss(network: Reformer, tokens: Tensor) -> Tensor:
    """Mean of -ln p of all bytes but the first."""
    logits = network(tokens[:, :-1])
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1),
                                             tokens[:, 1:].flatten())


def make_task(arguments: Optional[List[str]] = None
              ) -> Tuple[Task, argparse.Namespace]:
    """The task, and how to run it, from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add_run_flags(parser, steps=2000, batch=8, learning_rate=3e-3)
    add_shape_flags(parser, seq=256, dim=64, heads=4, layers=2, chunk=8,
                    rounds=1, mix=4)
    parser.add_argument("--text", type=pathlib.Path, default=LICENSES,
                        help=f"file or folder (default {LICENSES})")
    flags = parser.parse_args(arguments)
    text = read_bytes(flags.text)
    length = flags.seq + 1
    split = len(text) - max(length + 1, len(text) // 20)
    if split <= length:
        sys.exit(f"--text must have at least {2 * length + 2} bytes, "
                 f"got {len(text)}")
    held_back = text[split:]
    places = torch.linspace(0, len(held_back) - length, 32).long()

    def loss(network: Reformer) -> Tensor:
        starts = torch.randint(0, split - length, (flags.batch,))
        return byte_loss(network, windows(text, starts, length))

    def evaluate(network: Reformer) -> float:
        parts = [float(byte_loss(network, windows(held_back, part, length)))
                 for part in places.split(4)]
        return sum(parts) / len(parts) / math.log(2)

    return Task(
        title="Language model", measure="bits per byte",
        shape=shape_of(flags, vocabulary=256),
        loss=loss, evaluate=evaluate), flags


if __name__ == "__main__":
    compare(*make_task())
