#!/usr/bin/env python3
"""Turns the CSV files of mongoose-compare into report.md and SVG plots."""
import collections
import csv
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] /
                       "client/python/examples"))
import svg_plot  # noqa: E402

TITLES = {
    1: "Candidates of one query",
    2: "Union of a batch",
    3: "Full re-hash",
    4: "1 % of the rows changed",
    5: "Search at recall@10 >= 0.9, batches of 128",
    7: "Patch or build, as the cost model chooses",
    8: "The scheduler's check",
}


def read(folder, stem):
    rows = []
    for file in sorted(folder.glob(f"{stem}-t*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            rows += [row | {"file": file.stem} for row in csv.DictReader(lines)]
    return rows


def clock(row):
    """One thread is judged by processor time, more by wall time."""
    return "cpu" if row["threads"] == "1" else "wall"


def verdict(row):
    target = float(row["target"])
    if target == 0:
        return "–"
    return "yes" if float(row[clock(row) + "_ratio"]) >= target else "**no**"


def number(value):
    value = float(value)
    if value < 0.1:
        return f"{value:.2g}"
    digits = 3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f}"


def table(header, rows):
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def shape(row):
    return f"{row['bits']} / {row['tables']}" if row["bits"] != "0" else "–"


def path_row(row):
    kind = clock(row)
    target = float(row["target"])
    return [row["work"], row["set"], shape(row), row["threads"], row["peer"],
            number(row[f"peer_{kind}_ms"]), number(row[f"our_{kind}_ms"]),
            f"{number(row['peer_wall_ms'])} / {number(row['our_wall_ms'])}",
            f"**{number(row[kind + '_ratio'])}** "
            f"({number(row[kind + '_low'])}..{number(row[kind + '_high'])})",
            f">= {target:g}" if target else "–", verdict(row), row["note"]]


def geometric_means(rows):
    """Of each peer's ratios."""
    groups = collections.defaultdict(list)
    for row in rows:
        if float(row["target"]):
            groups[row["path"], row["threads"], row["work"], row["peer"]].append(
                float(row[clock(row) + "_ratio"]))
    for (path, threads, work, peer), ratios in groups.items():
        if len(ratios) < 2:
            continue
        wanted_path, wanted = MEAN_TARGETS.get(peer, ("", 0))
        aim = f" (target: mean >= {wanted})" if wanted_path == path else ""
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        yield (f"- {work}, {threads} thread(s), {peer}: geometric mean "
               f"**{number(mean)}**, least {number(min(ratios))}, "
               f"of {len(ratios)}{aim}")


# Wanted of the geometric mean over sets and shapes, beside each row's target.
MEAN_TARGETS = {"classic (set)": ("1", 50), "classic (counts)": ("1", 50),
                "exact sgemm + top-k": ("5", 5)}


def path_section(path, rows):
    yield f"## {path}. {TITLES[path]}"
    yield ""
    yield from table(
        ["work", "set", "K / L", "threads", "peer", "peer ms", "our ms",
         "wall ms, peer / ours", "ratio (least..most)", "target", "met",
         "note"], [path_row(row) for row in rows])
    means = list(geometric_means(rows))
    yield from means + [""] if means else []


def frontier(points):
    """Points that no other beats in both recall and time, by recall."""
    best, kept = math.inf, []
    for recall, micros in sorted(points, key=lambda p: (-p[0], p[1])):
        if micros < best:
            best = micros
            kept.append((recall, micros))
    return kept[::-1]


def curves_by_method(rows):
    methods = collections.defaultdict(list)
    for row in rows:
        methods[row["method"]].append(
            (float(row["recall"]), float(row[clock(row) + "_us"])))
    return methods


def curve_section(folder, rows):
    groups = collections.defaultdict(list)
    for row in rows:
        groups[row["set"], row["threads"]].append(row)
    if groups:
        yield "## Recall against time"
        yield ""
    for (name, threads), members in groups.items():
        series = {method: frontier(points) for method, points
                  in curves_by_method(members).items()}
        file = f"recall-{name}-t{threads}.svg"
        (folder / file).write_text(svg_plot.plot(
            f"set {name}, {threads} thread(s), batch 128", "recall@10",
            "microseconds a query", series), encoding="utf-8")
        yield f"![recall against time, set {name}]({file})"
        yield ""
        short = [method for method, points in series.items()
                 if max(recall for recall, _ in points) < 0.9]
        if short:
            yield f"Below recall 0.9 at every setting: {', '.join(short)}."
            yield ""


def cheapest(rows):
    """By (method, rows) the cheapest row of recall >= 0.9."""
    best = {}
    for row in rows:
        key = row["method"], int(row["rows"])
        micros = float(row[clock(row) + "_us"])
        if float(row["recall"]) >= 0.9 and (
                key not in best or micros < best[key][0]):
            best[key] = micros, row
    return best


def exponent(points):
    """Slope of log(y) over log(x) by least squares."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x = sum(x for x, _ in logs) / len(logs)
    mean_y = sum(y for _, y in logs) / len(logs)
    return (sum((x - mean_x) * (y - mean_y) for x, y in logs)
            / sum((x - mean_x) ** 2 for x, _ in logs))


def growth_section(folder, rows, threads):
    best = cheapest(rows)
    series = collections.defaultdict(list)
    for (method, count), (micros, _) in sorted(best.items()):
        series[method].append((count, micros))
    if not series:
        return
    file = f"growth-t{threads}.svg"
    (folder / file).write_text(svg_plot.plot(
        f"best setting with recall@10 >= 0.9, {threads} thread(s)", "rows",
        "microseconds a query", series, log_x=True), encoding="utf-8")
    yield f"## 6. Growth, {threads} thread(s)"
    yield ""
    yield from table(
        ["method", "rows", "us a query", "recall", "MB besides the rows",
         "setting"],
        [[method, f"{count:,}", number(micros), f"{float(row['recall']):.3f}",
          number(float(row["bytes"]) / 1e6) if row["bytes"] != "0" else "–",
          row["setting"]]
         for (method, count), (micros, row) in sorted(best.items())])
    for method, points in series.items():
        if len(points) > 1:
            yield (f"- {method}: time grows as rows^"
                   f"{exponent(points):.2f} (least squares over "
                   f"{len(points)} sizes)")
    yield ""
    yield f"![growth]({file})"
    yield ""


def thread_section(rows):
    """How much faster the service's defaults answer on more threads."""
    wall = {}
    for row in rows:
        if row["method"] == "ours: default":
            wall[row["set"], int(row["threads"])] = float(row["wall_us"])
    gains = [(name, threads, wall[name, 1] / micros)
             for (name, threads), micros in sorted(wall.items())
             if threads > 1 and (name, 1) in wall]
    if gains:
        yield "## Threads"
        yield ""
        yield ("Throughput of the service's defaults against that of one "
               "thread, wall time, from two processes in turn (not paired):")
        yield ""
        yield from table(["set", "threads", "throughput"],
                         [[name, str(threads), f"{gain:.2f}"]
                          for name, threads, gain in gains])


def header(environment):
    yield "# Comparison with peers"
    yield ""
    yield ("Ratios are peer / ours, from runs in turn; median of the pairs "
           "with the least and the most. One thread: processor time; more: "
           "wall time. docs/benchmarks.md says what each path means and what "
           "it does not show.")
    yield ""
    values = collections.defaultdict(list)
    for row in environment:
        if row["value"] not in values[row["name"]]:
            values[row["name"]].append(row["value"])
    yield from table(["", ""], [[name, " / ".join(both)]
                                for name, both in values.items()])


def main():
    folder = pathlib.Path(sys.argv[1])
    paths, curves = read(folder, "paths"), read(folder, "curves")
    lines = list(header(read(folder, "environment")))
    for path in sorted({int(row["path"]) for row in paths}):
        lines += path_section(
            path, [row for row in paths if int(row["path"]) == path])
    lines += curve_section(
        folder, [row for row in curves if row["growth"] == "0"])
    lines += thread_section(curves)
    growing = [row for row in curves if row["growth"] == "1"]
    for threads in sorted({row["threads"] for row in growing}):
        lines += growth_section(
            folder, [r for r in growing if r["threads"] == threads], threads)
    (folder / "report.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
