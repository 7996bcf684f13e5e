#!/usr/bin/env python3
"""Holds files and functions to the limits of docs/architecture.md.

Files: at most 300 lines for 9 of 10, at most 500 for all.  Functions: at most
60 lines (a function ends at a closing brace in the first column or at the
indent of its opening line).
"""
import pathlib
import re
import sys

FILE_LIMIT, FILE_LIMIT_MOST, FUNCTION_LIMIT = 500, 300, 60
FUNCTION_START = re.compile(r"^(?! {4,})[ \w].*\) (?:const |override |final )*\{$")


def long_functions(path, lines):
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and FUNCTION_START.match(line):
            start, indent = number, len(line) - len(line.lstrip())
        elif start is not None and line == " " * indent + "}":
            if number - start + 1 > FUNCTION_LIMIT:
                yield f"{path}:{start}: function of {number - start + 1} lines"
            start = None


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    found, lengths = [], []
    for folder in ("core", "server", "client", "tests"):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix not in {".h", ".cc", ".cu", ".cuh", ".py", ".sh"}:
                continue
            path = file.relative_to(root)
            lines = file.read_text(encoding="utf-8").splitlines()
            lengths.append(len(lines))
            if len(lines) > FILE_LIMIT:
                found.append(f"{path}: {len(lines)} lines > {FILE_LIMIT}")
            found += long_functions(path, lines)
    over = sum(length > FILE_LIMIT_MOST for length in lengths)
    if over * 10 > len(lengths):
        found.append(f"{over} of {len(lengths)} files > {FILE_LIMIT_MOST} lines")
    print("\n".join(found) or f"sizes: ok ({len(lengths)} files, {sum(lengths)} lines)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
