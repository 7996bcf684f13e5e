#!/usr/bin/python3
"""Holds compose files to the schema of the Compose Specification, which is what
Compose v2 checks a file by.

usage: check_compose.py SCHEMA FILE...
"""
import json
import pathlib
import sys

import jsonschema
import yaml


def main():
    schema, *files = map(pathlib.Path, sys.argv[1:])
    validator = jsonschema.Draft201909Validator(json.loads(schema.read_text()))
    # That it can refuse something:
    assert not validator.is_valid({"services": {"a": {"imag": "x"}}})
    found = [f"{file}: {'.'.join(map(str, error.absolute_path))}: {error.message}"
             for file in files
             for error in validator.iter_errors(yaml.safe_load(file.read_text()))]
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
