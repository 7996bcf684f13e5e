#!/usr/bin/env python3
"""Turns the CSV files of mongoose-replay into report.md and SVG plots."""
import collections
import csv
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] /
                       "client/python/examples"))
import svg_plot  # noqa: E402


def read(folder, stem):
    """{trajectory: {seed: rows}} of the files STEM-TRAJECTORY-sSEED.csv."""
    found = collections.defaultdict(dict)
    for file in sorted(folder.glob(f"{stem}-*.csv")):
        name, seed = file.stem.removeprefix(f"{stem}-").rsplit("-s", 1)
        with file.open(encoding="utf-8", newline="") as lines:
            found[name][seed] = list(csv.DictReader(lines))
    return found


def spread(values, digits):
    """Mean, and least and most where seeds differ."""
    mean = f"{statistics.mean(values):,.{digits}f}"
    if len(values) == 1 or max(values) == min(values):
        return mean
    return f"{mean} ({min(values):,.{digits}f}..{max(values):,.{digits}f})"


def arms_of(rows):
    """{(family, policy): points} in the order of the file, without step 0."""
    arms = collections.defaultdict(list)
    for row in rows:
        arms[row["family"], row["policy"]].append(row)
    return arms


def column(points, name):
    return [float(point[name]) for point in points]


def summary(name, runs, changes):
    """One line an arm."""
    naive = {seed: sum(int(row["row_changes"]) for row in rows)
             for seed, rows in changes.items()}
    yield (f"### {name}\n\nRe-hashing each changed row after each step: "
           f"{spread(list(naive.values()), 0)} row hashes.\n")
    yield ("| family | policy | row hashes | naive / ours | ours / oracle "
           "| rows copied | rebuilds | recall@10 | recall@100 | rows read "
           "| predicted, true staleness | wire, % of the layer a step |")
    yield "|" + "---|" * 12
    arms = {seed: arms_of(rows) for seed, rows in runs.items()}
    for arm in next(iter(arms.values())):
        family, policy = arm
        hashed, ratio, oracle, copied, rebuilds = [], [], [], [], []
        shown = collections.defaultdict(list)
        for seed, by_arm in arms.items():
            points = by_arm[arm]
            rows = float(points[-1]["rows_hashed"])
            ideal = float(changes[seed][-1][f"oracle_{family}"])
            hashed.append(rows)
            copied.append(float(points[-1]["rows_copied"]))
            rebuilds.append(float(points[-1]["rebuilds"]))
            if rows > 0:
                ratio.append(naive[seed] / rows)
                oracle.append(rows / ideal if ideal > 0 else float("inf"))
            for key in ("recall_at_10", "recall_at_100", "rows_read",
                        "predicted", "true", "wire_share"):
                shown[key].append(statistics.mean(column(points[1:], key)))
        yield "| " + " | ".join([
            family, policy, spread(hashed, 0),
            spread(ratio, 1) if ratio else "–",
            spread(oracle, 2) if oracle else "–", spread(copied, 0),
            spread(rebuilds, 0), spread(shown["recall_at_10"], 3),
            spread(shown["recall_at_100"], 3), spread(shown["rows_read"], 0),
            f"{spread(shown['predicted'], 3)}, {spread(shown['true'], 3)}",
            spread([100 * x for x in shown["wire_share"]], 2)]) + " |"
    yield ""


def change_table(name, changes):
    rows = next(iter(changes.values()))
    yield f"Share of SimHash table entries that change ({name}, first seed):\n"
    yield "| step | a step, % | since the epoch began, % |"
    yield "|---|---|---|"
    for row in rows:
        yield (f"| {row['step']} "
               f"| {100 * float(row['entries_changed_per_step']):.3f} "
               f"| {100 * float(row['entries_changed_in_epoch']):.1f} |")
    yield ""


def write_plots(folder, name, runs):
    rows = next(iter(runs.values()))
    for key, label in (("recall_at_100", "recall@100"),
                       ("true", "true staleness")):
        series = {}
        for (family, policy), points in arms_of(rows).items():
            line = [(float(p["step"]), max(float(p[key]), 1e-4))
                    for p in points[1:]]
            if line:
                series[f"{family}, {policy}"] = line
        if series:
            plot = svg_plot.plot(f"{name}: {label}", "training step", label,
                                 series)
            (folder / f"{key}-{name}.svg").write_text(plot, encoding="utf-8")
            yield f"![{label}, {name}]({key}-{name}.svg)\n"


def retrieval_tables(file):
    """Recall@10 by arm and share of rows, one table a set."""
    recalls = collections.defaultdict(list)
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            key = row["set"], row["arm"], float(row["percent_of_rows"])
            recalls[key].append(float(row["recall_at_10"]))
    shares = sorted({share for _, _, share in recalls})
    for name in dict.fromkeys(key[0] for key in recalls):
        yield f"## Recall@10 at equal rows read, set {name}\n"
        yield "| arm | " + " | ".join(f"{x:g} %" for x in shares) + " |"
        yield "|" + "---|" * (len(shares) + 1)
        for arm in dict.fromkeys(key[1] for key in recalls if key[0] == name):
            cells = [recalls.get((name, arm, share)) for share in shares]
            yield f"| {arm} | " + " | ".join(
                spread(cell, 3) if cell else "–" for cell in cells) + " |"
        yield ""


def main():
    folder = pathlib.Path(sys.argv[1])
    points, changes = read(folder, "points"), read(folder, "changes")
    lines = ["# Replayed trajectories\n",
             "Means over all frames but the first; with several seeds the "
             "mean (least..most).\n"]
    for name, runs in points.items():
        lines += summary(name, runs, changes[name])
        lines += write_plots(folder, name, runs)
        lines += change_table(name, changes[name])
    if (folder / "retrieval.csv").exists():
        lines += retrieval_tables(folder / "retrieval.csv")
    (folder / "report.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
