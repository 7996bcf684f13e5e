#!/usr/bin/env python3
"""Fails when an #include crosses a layer in the wrong direction.

Debian installs gRPC, FAISS and Abseil under /usr/include, where every target
sees them, so link dependencies alone cannot keep core free of gRPC.  The two
tables below are the only statement of the rule (docs/architecture.md).
"""
import pathlib
import re
import sys

# Folder or file -> first-party folders it may include, besides itself.
ALLOWED = {
    "core/base": [],
    "core/hash": ["core/base"],
    "core/table": ["core/base", "core/hash"],
    "core/query": ["core/base", "core/hash", "core/table"],
    "core/schedule": ["core/base"],
    "core/oracle": ["core/base"],
    "core/backend": ["core/base", "core/hash", "core/table", "core/query"],
    "core/cuda": ["core/base", "core/hash", "core/table", "core/backend"],
    "core/learn": ["core/base", "core/hash", "core/table", "core/attention",
                   "core/backend"],
    "core/attention": ["core/base", "core/hash"],
    "core/index": ["core/base", "core/hash", "core/table", "core/query",
                   "core/schedule", "core/oracle", "core/backend",
                   "core/learn", "core/attention"],
    "server": ["core/base", "core/hash", "core/query", "core/backend",
               "core/cuda", "core/learn", "core/attention", "core/index", "proto"],
    "client": ["proto"],
    "client/examples": ["client", "proto", "core/base"],
}
# Third-party header prefix -> places that may include it.
THIRD_PARTY = {
    "grpc": ["server", "client", "tests"],
    "google/protobuf": ["server", "client", "tests"],
    "prometheus/": ["server", "tests"],
    "faiss/": ["core/oracle", "tests"],
    "omp.h": ["core/base", "client/examples"],
    "cuda": ["core/cuda"],
    "absl/synchronization": [],  # TSan cannot see into Debian's build of it
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
SOURCES = {".h", ".cc", ".cu", ".cuh"}


def layer(path):
    """The longest entry of ALLOWED that `path` stands under, or None."""
    if path.endswith(".pb.h"):
        return "proto"
    return max((name for name in ALLOWED if (path + "/").startswith(name + "/")),
               key=len, default=None)


def violations(path, text):
    here = layer(path)
    if here is None and not path.startswith("tests/"):
        yield f"{path}: no layer is known for its folder"
    for include in INCLUDE.findall(text):
        there = layer(include)
        if here and there and there != here and there not in ALLOWED[here]:
            yield f"{path}: {here} may not include {include}"
        for prefix, users in THIRD_PARTY.items():
            if include.startswith(prefix) and not path.startswith(tuple(users)):
                yield f"{path}: <{include}> belongs to {users or 'nobody'}"


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    found = []
    for folder in ("core", "server", "client", "tests"):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in SOURCES:
                path = str(file.relative_to(root))
                found += violations(path, file.read_text(encoding="utf-8"))
    print("\n".join(found) or "layers: ok")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
