#!/usr/bin/python3
"""Turns WordNet 3.0 into an extreme-classification data set.

A point is a synset: its lemmas, lexicographer file and gloss as a bag of
words.  Its labels are the synsets it points to.  The files are in the text
format of the extreme-classification repository: a header `N D L`, then one
`label,label feature:value feature:value` line a point.

Needs the Debian package wordnet-base and nothing but Python's own library.
The split depends on the points' names alone, so every run writes the same set.
"""
import argparse
import collections
import hashlib
import math
import pathlib
import re
import sys
from typing import Iterator, NamedTuple

EXPECTED_COUNTS = {
    "train points": 93462,
    "test points": 22940,
    "features": 75522,
    "labels": 104132,
}
PARTS_OF_SPEECH = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
TEST_SHARE = 0.2
MIN_DOCUMENTS = 2  # training points a feature must occur in
WORD = re.compile(r"[a-zà-ÿß]+|[0-9]+")
NOTICE = """\
Derived from WordNet 3.0.
WordNet 3.0 Copyright 2006 by Princeton University. All rights reserved.
The licence is in /usr/share/doc/wordnet-base/copyright.
"""


class Synset(NamedTuple):
    name: str
    tokens: list[str]
    targets: list[str]  # keys of the synsets it points to


class Point(NamedTuple):
    tokens: list[str]
    labels: set[str]


def words_of(text: str) -> list[str]:
    found = WORD.findall(text.lower())
    return [word for word in found if len(word) > 1 or word.isdigit()]


def lemma_tokens(lemma: str) -> Iterator[str]:
    plain = lemma.replace("_", " ").replace("(a)", "").replace("(p)", "")
    for word in words_of(plain):
        yield word
        yield f"lemma={word}"


def parse_synset(line: str, part: str) -> tuple[str, str, Synset]:
    """Returns the synset's key, its first lemma and itself, still unnamed."""
    data, gloss = line.split(" | ", 1)
    fields = data.split()
    lemmas_end = 4 + 2 * int(fields[3], 16)  # each lemma has a sense number
    lemmas = fields[4:lemmas_end:2]
    pointers = fields[lemmas_end + 1 : lemmas_end + 1 + 4 * int(fields[lemmas_end])]
    tokens = words_of(gloss) + [f"pos={part}", f"lex={fields[1]}"]
    for lemma in lemmas:
        tokens.extend(lemma_tokens(lemma))
    targets = [
        ("a" if kind == "s" else kind) + offset  # satellites are adjectives
        for offset, kind in zip(pointers[1::4], pointers[2::4])
    ]
    return part + fields[0], lemmas[0], Synset("", tokens, targets)


def read_synsets(folder: pathlib.Path) -> dict[str, Synset]:
    synsets: dict[str, Synset] = {}
    uses: collections.Counter[str] = collections.Counter()
    for file_part, part in PARTS_OF_SPEECH.items():
        path = folder / f"data.{file_part}"
        for line in path.read_text(encoding="latin-1").split("\n"):
            if not line or line.startswith("  "):  # the licence
                continue
            key, lemma, synset = parse_synset(line, part)
            stem = f"{lemma}.{part}"
            uses[stem] += 1
            synsets[key] = synset._replace(name=f"{stem}.{uses[stem]}")
    return synsets


def is_test_point(name: str) -> bool:
    digest = hashlib.md5(name.encode("utf-8")).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 < TEST_SHARE


def split_points(synsets: dict[str, Synset]) -> tuple[list[Point], list[Point]]:
    train, test = [], []
    for key, synset in synsets.items():
        labels = {synsets[target].name for target in synset.targets if target != key}
        part = test if is_test_point(synset.name) else train
        part.append(Point(synset.tokens, labels))
    return [point for point in train if point.labels], test


class Vocabulary:
    """The features and labels that the training points define."""

    def __init__(self, train: list[Point]):
        documents = collections.Counter(
            token for point in train for token in set(point.tokens))
        self.features = sorted(
            token for token, count in documents.items() if count >= MIN_DOCUMENTS)
        self.labels = sorted({label for point in train for label in point.labels})
        self._label_ids = {label: i for i, label in enumerate(self.labels)}
        self._feature_ids = {token: i for i, token in enumerate(self.features)}
        self._rarity = [
            math.log(len(train) / documents[token]) for token in self.features]

    def line_of(self, point: Point) -> str | None:
        """The point as text, or None when nothing of it is known."""
        labels = sorted(
            self._label_ids[x] for x in point.labels if x in self._label_ids)
        counts = collections.Counter(
            self._feature_ids[x] for x in point.tokens if x in self._feature_ids)
        if not labels or not counts:
            return None
        weights = {
            i: (1 + math.log(count)) * self._rarity[i] for i, count in counts.items()}
        length = math.sqrt(sum(x * x for x in weights.values())) or 1.0
        pairs = (f"{i}:{weights[i] / length:.3f}" for i in sorted(weights))
        return ",".join(map(str, labels)) + " " + " ".join(pairs)


def write_lines(path: pathlib.Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_points(path: pathlib.Path, points: list[Point], words: Vocabulary) -> int:
    lines = [line for line in map(words.line_of, points) if line is not None]
    header = f"{len(lines)} {len(words.features)} {len(words.labels)}"
    write_lines(path, [header, *lines])
    return len(lines)


def write_set(source: pathlib.Path, out: pathlib.Path) -> dict[str, int]:
    """Writes all files and returns what EXPECTED_COUNTS counts."""
    train, test = split_points(read_synsets(source))
    words = Vocabulary(train)
    out.mkdir(parents=True, exist_ok=True)
    counts = {
        "train points": write_points(out / "wordnet.train.txt", train, words),
        "test points": write_points(out / "wordnet.test.txt", test, words),
        "features": len(words.features),
        "labels": len(words.labels),
    }
    write_lines(out / "wordnet.features.txt", words.features)
    write_lines(out / "wordnet.labels.txt", words.labels)
    (out / "NOTICE").write_text(NOTICE, encoding="utf-8")
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("out", type=pathlib.Path, help="folder for the files")
    parser.add_argument("--wordnet", type=pathlib.Path,
                        default=pathlib.Path("/usr/share/wordnet"),
                        help="folder of WordNet's data.* files (%(default)s)")
    parser.add_argument("--check", action="store_true",
                        help="fail unless the counts are those of WordNet 3.0")
    options = parser.parse_args()
    try:
        counts = write_set(options.wordnet, options.out)
    except OSError as error:
        print(f"make_wordnet_set: {error}; is wordnet-base installed?", file=sys.stderr)
        return 1
    print(", ".join(f"{count:,} {what}" for what, count in counts.items()))
    if options.check and counts != EXPECTED_COUNTS:
        print(f"make_wordnet_set: expected {EXPECTED_COUNTS}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
