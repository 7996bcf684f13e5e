#!/usr/bin/env python3
"""The copy task: a sequence is 0 w 0 w, w random; the second w is predicted.

Needs a running server and PyTorch, e.g.

    build/release/server/mongoose-server &
    PYTHONPATH=build/release/client/python \\
        python3 client/python/examples/train_copy.py
"""
import argparse
from typing import List, Optional, Tuple

import torch
from attention_runs import Task, add_run_flags, compare
from reformer import Reformer, add_shape_flags, shape_of
from torch import Tensor


def copies(count: int, half: int, vocabulary: int) -> Tensor:
    """[count, 2 * half] tokens, 0 being the separator."""
    words = torch.randint(1, vocabulary, (count, half - 1))
    zeros = torch.zeros(count, 1, dtype=torch.int64)
    return torch.cat([zeros, words, zeros, words], 1)


def copy_loss(network: Reformer, tokens: Tensor) -> Tensor:
    """Mean of -ln p over the second half."""
    half = tokens.shape[1] // 2
    logits = network(tokens[:, :-1])[:, half - 1:]
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1),
                                             tokens[:, half:].flatten())


def make_task(arguments: Optional[List[str]] = None
              ) -> Tuple[Task, argparse.Namespace]:
    """The task, and how to run it, from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add_run_flags(parser, steps=3000, batch=16)
    add_shape_flags(parser, seq=128, dim=64, heads=4, layers=1, chunk=4,
                    rounds=1, mix=0)
    parser.add_argument("--symbols", type=int, default=15,
                        help="that are copied (default 15)")
    flags = parser.parse_args(arguments)
    vocabulary = flags.symbols + 1
    flags.seq -= flags.seq % 2
    half = flags.seq // 2

    def evaluate(network: Reformer) -> float:
        return sum(float(copy_loss(network, copies(32, half, vocabulary)))
                   for _ in range(4)) / 4

    return Task(
        title="Copy task", measure="loss",
        shape=shape_of(flags, vocabulary),
        loss=lambda network: copy_loss(
            network, copies(flags.batch, half, vocabulary)),
        evaluate=evaluate), flags


if __name__ == "__main__":
    compare(*make_task())
