#!/usr/bin/env python3
"""Fails when a message, field, enum, value, service or RPC has no comment.

A comment stands on the line before or at the end of the line.
"""
import pathlib
import re
import sys

DECLARATION = re.compile(
    r"^\s*(message|enum|service|rpc|oneof)\s+\w+|^\s*[\w.<>, ]+\s\w+\s*=\s*\d+\s*;")


def uncommented(path):
    previous = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        code = line.split("//")[0]
        if DECLARATION.match(code) and "//" not in line and \
                not previous.strip().startswith("//"):
            yield f"{path.name}:{number}: no comment: {line.strip()}"
        previous = line


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    found = [problem for path in sorted((root / "proto/mongoose").rglob("*.proto"))
             for problem in uncommented(path)]
    print("\n".join(found) or "proto comments: ok")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
