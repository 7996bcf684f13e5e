#!/usr/bin/env python3
"""Writes the Grafana dashboards of this folder from the panels listed here.

usage: make_dashboards.py [--check]

--check: fail, and write nothing, if a file is not what this would write.
"""
import argparse
import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent / "dashboards"
COLUMNS = 24
RATE = "[$__rate_interval]"
JOB = 'job="mongoose", instance=~"$instance"'
INDEX = JOB + ', index=~"$index"'
QUERIES = 'grpc_method=~"QueryNeurons|QueryBuckets"'


def panel(title, unit, description, *targets, kind="timeseries", width=8,
          most=None, bad=None):
    """One panel; targets are (PromQL, legend).  `most`: top of the axis; `bad`:
    from here on it is red."""
    return {"title": title, "unit": unit, "description": description,
            "targets": targets, "kind": kind, "width": width, "most": most,
            "bad": bad}


OVERVIEW = [
    ("Is it healthy?", [
        panel("Does it answer?", "bool_yes_no",
              "1 while Prometheus can scrape the server.",
              (f"min(up{{{JOB}}})", "answers"), kind="stat", width=4),
        panel("Since when?", "s", "Time since the process was started.",
              (f"time() - max(process_start_time_seconds{{{JOB}}})", "up"),
              kind="stat", width=4),
        panel("How many indexes?", "short", "Indexes the server owns.",
              (f"count(mongoose_index_version{{{JOB}}})", "indexes"),
              kind="stat", width=4),
        panel("How many calls fail?", "percentunit",
              "Share of calls that ended by the server's doing, 5 minutes.",
              (f"max(mongoose:call_failures:ratio_rate5m{{{JOB}}})", "fail"),
              kind="stat", width=4, bad=0.01),
        panel("How full is the fullest queue?", "percentunit",
              "Calls waiting against those that may wait.",
              (f"max(mongoose:queue:saturation_ratio{{{JOB}}})", "full"),
              kind="stat", width=4, bad=0.8),
        panel("How much memory is used?", "percentunit",
              "Memory in RAM against what the process may take.",
              (f"max(mongoose:memory:used_ratio{{{JOB}}})", "used"),
              kind="stat", width=4, bad=0.85),
    ]),
    ("Is it fast?", [
        panel("How many calls come in?", "reqps", "Calls ended, by method.",
              (f"sum by (grpc_method) (rate(grpc_server_handled_total{{{JOB}}}{RATE})) > 0",
               "{{grpc_method}}")),
        panel("How long do queries take?", "s",
              "Latency of unary query calls, waiting included.",
              *[(f"histogram_quantile({q}, sum by (le) (rate("
                 f"grpc_server_handling_seconds_bucket{{{JOB}, {QUERIES}}}{RATE})))",
                 name) for q, name in (("0.5", "p50"), ("0.99", "p99"))]),
        panel("Where does the time of a query go?", "s",
              "Seconds of work a second, by stage; queue: waiting for a thread, of any call.",
              (f"sum by (stage) (rate(mongoose_query_stage_seconds_sum{{{JOB}}}{RATE}))",
               "{{stage}}")),
        panel("How many queries are answered?", "ops",
              "Query vectors a second, by index.",
              (f"sum by (index) (rate(mongoose_queries_total{{{JOB}}}{RATE}))", "{{index}}")),
        panel("How many rows change?", "ops", "Row changes a second, by index.",
              (f"sum by (index) (rate(mongoose_update_rows_total{{{JOB}}}{RATE}))",
               "{{index}}")),
        panel("How do calls end?", "reqps", "Calls ended, by code.",
              (f"sum by (grpc_code) (rate(grpc_server_handled_total{{{JOB}}}{RATE}))",
               "{{grpc_code}}")),
    ]),
    ("Is it right?", [
        panel("How stale are the tables?", "percentunit",
              "Predicted share of stale entries, calibrated on samples.",
              (f"mongoose_index_staleness_ratio{{{JOB}}}", "{{index}}")),
        panel("Are the nearest rows found?", "percentunit",
              "Share of the exact top 10 in live answers; at most active rows / 10.",
              (f"mongoose_recall_at_10_ratio{{{JOB}}}", "{{index}}"), most=1),
        panel("How old are the snapshots?", "s",
              "Time since an index published one; harmless while nothing changes.",
              (f"mongoose_index_snapshot_age_seconds{{{JOB}}}", "{{index}}")),
    ]),
]

INDEX_PANELS = [
    ("Staleness and drift", [
        panel("How stale is it?", "percentunit",
              "Predicted by drift, and measured on the last sample of rows.",
              (f"mongoose_index_staleness_ratio{{{INDEX}}}", "{{index}} predicted"),
              (f"mongoose_index_sampled_staleness_ratio{{{INDEX}}}", "{{index}} sampled")),
        panel("How many rows wait to be re-hashed?", "percentunit",
              "Rows whose staleness is beyond the policy's threshold.",
              (f"mongoose:index:dirty_ratio{{{INDEX}}}", "{{index}}")),
        panel("How far off is the prediction?", "short",
              "Factor that calibration applies; 1: as predicted.",
              (f"mongoose_index_calibration_ratio{{{INDEX}}}", "{{index}}")),
    ]),
    ("Re-hash decisions and why", [
        panel("What does the scheduler decide?", "opm",
              "Snapshots of all rows and of some rows, a minute.",
              (f"60 * rate(mongoose_rebuilds_total{{{INDEX}}}{RATE})", "{{index}} all rows"),
              (f"60 * rate(mongoose_partial_rehashes_total{{{INDEX}}}{RATE})",
               "{{index}} some rows")),
        panel("How many hashes does a row change cost?", "short",
              "1: every changed row is hashed once; below: what drift saves.",
              (f"mongoose:index:hashes_per_change_15m{{{INDEX}}}", "{{index}}")),
        panel("How long does re-hashing take?", "percentunit",
              "Seconds of re-hashing a second.",
              (f"rate(mongoose_rebuild_seconds_total{{{INDEX}}}{RATE})", "{{index}}")),
        panel("Is a re-hash at work?", "s", "For how long it has run; 0: none.",
              (f"mongoose_index_rehash_running_seconds{{{INDEX}}}", "{{index}}")),
        panel("How many updates are not hashed yet?", "short",
              "Chunks since the snapshot's rows; a policy that keeps leaves it growing.",
              (f"mongoose_update_lag_chunks{{{INDEX}}}", "{{index}}")),
        panel("Do re-hashes fail?", "short", "Failed attempts so far.",
              (f"mongoose_rebuild_failures_total{{{INDEX}}}", "{{index}}")),
    ]),
    ("Learned functions", [
        panel("What did the gate see?", "percentunit",
              "Recall on held-back queries when the newest candidate was judged; "
              "0 before the first.",
              *[(f"mongoose_gate_{who}_recall_ratio{{{INDEX}}}",
                 "{{index}} " + who.replace("_", " "))
                for who in ("current", "candidate", "hot_list")], most=1),
        panel("And without hub rows?", "percentunit",
              "The same recall, of rows that few queries want.",
              *[(f"mongoose_gate_{who}_rare_recall_ratio{{{INDEX}}}",
                 "{{index}} " + who) for who in ("current", "candidate")], most=1),
        panel("What became of the candidates?", "short", "Since the index was made.",
              *[(f"mongoose_learn_{what}_total{{{INDEX}}}", "{{index}} " + what)
                for what in ("adopted", "refused", "dropped")]),
        panel("What does learning cost?", "percentunit", "Seconds of learning a second.",
              (f"rate(mongoose_learn_seconds_total{{{INDEX}}}{RATE})", "{{index}}")),
        panel("How many queries are there to learn from?", "short",
              "Sampled queries kept; of attention: heads.",
              (f"mongoose_learn_queries{{{INDEX}}}", "{{index}}")),
    ]),
    ("Answers and buckets", [
        panel("Are the nearest rows found?", "percentunit",
              "Share of the exact top 10 in live answers, mean of recent probes.",
              (f"mongoose_recall_at_10_ratio{{{INDEX}}}", "{{index}}"),
              (f"mongoose_recall_target_ratio{{{INDEX}}}", "target of {{index}}"), most=1),
        panel("How many rows does a query look at?", "short",
              "Candidates a query: proposed by tables, or scored in cells.",
              (f"rate(mongoose_candidates_total{{{INDEX}}}{RATE}) / "
               f"(rate(mongoose_queries_total{{{INDEX}}}{RATE}) > 0)", "{{index}}")),
        panel("How many rows does it get?", "short",
              "Active rows of the per-sample answers, a query.",
              (f"rate(mongoose_active_rows_total{{{INDEX}}}{RATE}) / "
               f"(rate(mongoose_queries_total{{{INDEX}}}{RATE}) > 0)", "{{index}}")),
        panel("Are the buckets even?", "short",
              "Rows of the largest bucket, and of the bucket of a random row.",
              (f"mongoose_index_largest_bucket_rows{{{INDEX}}}", "{{index}} largest"),
              (f"mongoose_index_expected_bucket_rows{{{INDEX}}}", "{{index}} expected")),
        panel("How much memory does it take?", "bytes", "Replica, codes, tables, drift.",
              (f"mongoose_index_memory_bytes{{{INDEX}}}", "{{index}}")),
        panel("Which version is served?", "short",
              "Published snapshots, hot lists and adopted functions.",
              (f"mongoose_index_version{{{INDEX}}}", "{{index}}")),
    ]),
]

RUNTIME = [
    ("Queues", [
        panel("How many calls wait?", "short", "By queue; rows: for their min_sequence.",
              (f"mongoose_queue_length{{{JOB}}}", "{{queue}}")),
        panel("How full are the queues?", "percentunit", "A full queue refuses calls.",
              (f"mongoose:queue:saturation_ratio{{{JOB}}}", "{{queue}}"), most=1),
        panel("How long do calls wait?", "s", "For a thread, of any class.",
              *[(f"histogram_quantile({q}, sum by (le) (rate(mongoose_query_stage_seconds_bucket"
                 f"{{{JOB}, stage=\"queue\"}}{RATE})))", name)
                for q, name in (("0.5", "p50"), ("0.99", "p99"))]),
    ]),
    ("CPU and memory", [
        panel("How many CPUs are busy?", "short", "CPU seconds a second.",
              (f"rate(process_cpu_seconds_total{{{JOB}}}{RATE})", "{{instance}}")),
        panel("How much memory is in RAM?", "bytes",
              "The process, its limit, and what indexes account for.",
              (f"process_resident_memory_bytes{{{JOB}}}", "in RAM"),
              (f"mongoose_memory_limit_bytes{{{JOB}, scope=\"process\"}}", "limit"),
              (f"sum(mongoose_index_memory_bytes{{{JOB}}})", "indexes")),
        panel("What does the allocator keep?", "bytes",
              "allocated: in use; active: pages in use; resident: in RAM; mapped: reserved.",
              (f"mongoose_allocator_bytes{{{JOB}}}", "{{state}}")),
        panel("How many threads and files?", "short", "Of the process.",
              (f"process_threads{{{JOB}}}", "threads"),
              (f"process_open_fds{{{JOB}}}", "files")),
        panel("How near is the limit of files?", "percentunit", "Open against allowed.",
              (f"process_open_fds{{{JOB}}} / process_max_fds{{{JOB}}}", "open")),
        panel("Are log lines left out?", "cps", "Lines of calls beyond log.max_calls_per_second.",
              (f"rate(mongoose_log_suppressed_total{{{JOB}}}{RATE})", "left out")),
    ]),
    ("Wire", [
        panel("How many bytes come in?", "Bps", "Size of messages received, by method.",
              (f"sum by (grpc_method) (rate(mongoose_received_bytes_total{{{JOB}}}{RATE})) > 0",
               "{{grpc_method}}")),
        panel("How many bytes go out?", "Bps", "Size of messages sent, by method.",
              (f"sum by (grpc_method) (rate(mongoose_sent_bytes_total{{{JOB}}}{RATE})) > 0",
               "{{grpc_method}}")),
        panel("How large is a message?", "bytes", "Mean size received, by method.",
              (f"sum by (grpc_method) (rate(mongoose_received_bytes_total{{{JOB}}}{RATE})) / "
               f"(sum by (grpc_method) (rate(grpc_server_msg_received_total{{{JOB}}}{RATE})) > 0)",
               "{{grpc_method}}")),
    ]),
]


def variable(name, label, query):
    return {"name": name, "label": label, "type": "query", "query": query,
            "datasource": {"type": "prometheus", "uid": "prometheus"},
            "includeAll": True, "multi": True, "allValue": ".*", "refresh": 2,
            "current": {"text": "All", "value": "$__all"}}


def grafana_panel(number, spec, x, y, height):
    defaults = {"unit": spec["unit"], "min": 0}
    if spec["most"] is not None:
        defaults["max"] = spec["most"]
    steps = [{"color": "green", "value": None}]
    if spec["bad"] is not None:
        steps.append({"color": "red", "value": spec["bad"]})
    defaults["thresholds"] = {"mode": "absolute", "steps": steps}
    source = {"type": "prometheus", "uid": "prometheus"}
    return {
        "id": number, "type": spec["kind"], "title": spec["title"],
        "description": spec["description"], "datasource": source,
        "gridPos": {"x": x, "y": y, "w": spec["width"], "h": height},
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {},
        "targets": [{"refId": chr(ord("A") + i), "expr": expr, "legendFormat": legend,
                     "datasource": source}
                    for i, (expr, legend) in enumerate(spec["targets"])]}


def dashboard(uid, title, sections, variables):
    panels, y = [], 0
    for name, specs in sections:
        panels.append({"id": len(panels) + 1, "type": "row", "title": name,
                       "collapsed": False, "panels": [],
                       "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1}})
        y += 1
        x, height = 0, 4 if specs[0]["kind"] == "stat" else 8
        for spec in specs:
            if x + spec["width"] > COLUMNS:
                x, y = 0, y + height
            panels.append(grafana_panel(len(panels) + 1, spec, x, y, height))
            x += spec["width"]
        y += height
    return {"uid": uid, "title": title, "tags": ["mongoose"], "schemaVersion": 39,
            "version": 1, "editable": True, "refresh": "10s", "timezone": "browser",
            "time": {"from": "now-1h", "to": "now"},
            "templating": {"list": variables}, "panels": panels}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    instance = variable("instance", "Instance", 'label_values(up{job="mongoose"}, instance)')
    index = variable("index", "Index",
                     'label_values(mongoose_index_version{instance=~"$instance"}, index)')
    boards = {"overview": dashboard("mongoose-overview", "Mongoose: overview", OVERVIEW,
                                    [instance]),
              "index": dashboard("mongoose-index", "Mongoose: index", INDEX_PANELS,
                                 [instance, index]),
              "runtime": dashboard("mongoose-runtime", "Mongoose: runtime", RUNTIME,
                                   [instance])}
    stale = []
    for name, board in boards.items():
        path = FOLDER / f"{name}.json"
        text = json.dumps(board, indent=1) + "\n"
        if check and (not path.exists() or path.read_text(encoding="utf-8") != text):
            stale.append(str(path))
        elif not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"not up to date, run deploy/grafana/make_dashboards.py: {', '.join(stale)}")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
