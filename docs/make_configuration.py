#!/usr/bin/env python3
"""Writes the tables of docs/configuration.md from the comments of
server_config.proto.

usage: make_configuration.py [--check]

--check: fail, and write nothing, if the page is not what this would write.
The tables stand between the two marks in the page; the rest is by hand.
"""
import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "proto/mongoose/v1/server_config.proto"
PAGE = ROOT / "docs/configuration.md"
BEGIN = "<!-- begin: made by docs/make_configuration.py -->\n"
END = "<!-- end -->\n"
FIELD = re.compile(r"^  (?:optional |repeated )?(\w+) (\w+) = \d+;(?:\s+// (.*))?$")


def messages(text):
    """{message: (comment, [(type, field, comment)])} in the schema's order."""
    found, comment, current = {}, [], None
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("//"):
            comment.append(stripped[2:].strip())
            continue
        if start := re.match(r"^message (\w+) \{", line):
            current = start.group(1)
            found[current] = (" ".join(comment), [])
        elif field := FIELD.match(line):
            kind, name, trailing = field.groups()
            found[current][1].append((kind, name, trailing or " ".join(comment)))
        comment = []
    return found


def cell(text):
    return text.replace("|", "\\|")


def table(path, message, found):
    comment, fields = found[message]
    lines, nested = [], []
    for kind, name, text in fields:
        if kind in found:
            nested.append((f"{path}.{name}", kind, text))
            continue
        meaning, _, default = text.partition(" Default: ")
        lines.append(f"| `{name}` | {cell(default)} | {cell(meaning)} |")
    out = [comment, ""]
    if lines:
        out += ["| setting | default | range and meaning |", "|---|---|---|", *lines, ""]
    for inner, kind, text in nested:
        out += [f"### {inner}", "", text, "", *table(inner, kind, found)]
    return out


def render():
    found = messages(SCHEMA.read_text(encoding="utf-8"))
    out = []
    for kind, name, text in found["ServerConfig"][1]:
        out += [f"## {name}: {text}", "", *table(name, kind, found)]
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    made = before + BEGIN + "\n" + render() + "\n" + END + after
    if check and made != page:
        print("docs/configuration.md is not up to date: run docs/make_configuration.py")
        return 1
    if not check:
        PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
