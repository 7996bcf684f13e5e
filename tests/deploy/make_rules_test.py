"""Prints promtool test cases: every alert fires for the series that should
raise it and stays quiet for those that should not.

usage: make_rules_test.py RULES...
"""
import json
import sys

import yaml

LABELS = {"job": "mongoose", "instance": "m:9464"}
INDEX = {**LABELS, "index": "layer"}


def series(name, values, labels=None, **more):
    text = ",".join(f'{k}="{v}"' for k, v in {**(labels or LABELS), **more}.items())
    return {"series": f"{name}{{{text}}}", "values": values}


def calls(code, values, method="QueryNeurons"):
    return series("grpc_server_handled_total", values, grpc_code=code,
                  grpc_method=method)


MEMORY = series("mongoose_memory_limit_bytes", "1000x999", scope="process")
PROBES = series("mongoose_recall_probes_total", "0+10x999", INDEX)
CHANGES = series("mongoose_update_rows_total", "0+100x999", INDEX)
OLD = series("mongoose_index_snapshot_age_seconds", "0+60x999", INDEX)

# alert -> ({labels of its series, series that raise it}, those that do not).
# A step of the values is a minute.
CASES = {
    "MongooseDown": ([series("up", "1x5 0x999")], [series("up", "1x999")]),
    "MongooseRestarted": (
        [series("process_start_time_seconds", "100x55 900x999")],
        [series("process_start_time_seconds", "100x999")]),
    "MongooseCallsFail": (
        [calls("OK", "0+600x999"), calls("Unavailable", "0+12x999")],
        [calls("OK", "0+600x999"), calls("Unavailable", "0+3x999"),
         calls("InvalidArgument", "0+60x999"),
         calls("DeadlineExceeded", "0+100x999", "GetProjection")]),
    "MongooseQueueNearlyFull": (
        [series("mongoose_queue_length", "90x999", queue="query"),
         series("mongoose_queue_limit", "100x999", queue="query")],
        [series("mongoose_queue_length", "70x999", queue="query"),
         series("mongoose_queue_limit", "100x999", queue="query")]),
    "MongooseIndexStale": (
        [series("mongoose_index_staleness_ratio", "0.3x999", INDEX)],
        [series("mongoose_index_staleness_ratio", "0.1x999", INDEX)]),
    "MongooseUpdatesLag": (
        [series("mongoose_index_dirty_rows", "60x999", INDEX),
         series("mongoose_index_rows", "100x999", INDEX)],
        [series("mongoose_index_dirty_rows", "40x999", INDEX),
         series("mongoose_index_rows", "100x999", INDEX)]),
    "MongooseRecallLow": (
        [series("mongoose_recall_at_10_ratio", "0.7x999", INDEX), PROBES,
         series("mongoose_recall_target_ratio", "0.8x999", INDEX)],
        [series("mongoose_recall_at_10_ratio", "0.7x999", INDEX), PROBES,
         series("mongoose_recall_target_ratio", "0.6x999", INDEX)]),
    "MongooseRehashStalled": (
        [series("mongoose_index_rehash_running_seconds", "0+60x999", INDEX)],
        [series("mongoose_index_rehash_running_seconds", "0x20 200x999", INDEX)]),
    "MongooseRehashFails": (
        [series("mongoose_rebuild_failures_total", "0x50 1x999", INDEX)],
        [series("mongoose_rebuild_failures_total", "1x999", INDEX)]),
    "MongooseSnapshotOld": (
        [OLD, CHANGES, series("mongoose_index_staleness_ratio", "0.1x999", INDEX)],
        [OLD, CHANGES, series("mongoose_index_staleness_ratio", "0.01x999", INDEX)]),
    "MongooseMemoryHigh": (
        [MEMORY, series("process_resident_memory_bytes", "900x999")],
        [MEMORY, series("process_resident_memory_bytes", "800x999")]),
    "MongooseFilesNearlyOut": (
        [series("process_open_fds", "90x999"), series("process_max_fds", "100x999")],
        [series("process_open_fds", "9x999"), series("process_max_fds", "100x999")]),
}


def labels_of(name, rule, raising):
    """Those of the alert that the series raise, by the rule itself."""
    labels = dict(LABELS)
    first = raising[0]["series"]
    if 'index="' in first:
        labels["index"] = INDEX["index"]
    if 'queue="' in first:
        labels["queue"] = "query"
    return {**labels, **rule["labels"], "alertname": name}


def main():
    rules = {}
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            for group in yaml.safe_load(file)["groups"]:
                rules.update({r["alert"]: r for r in group["rules"] if "alert" in r})
    if set(rules) != set(CASES):
        sys.exit(f"alerts without cases, or the reverse: {set(rules) ^ set(CASES)}")
    tests = []
    for name, (raising, quiet) in CASES.items():
        labels = labels_of(name, rules[name], raising)
        query = f'ALERTS{{alertname="{name}",alertstate="firing"}}'
        shown = ",".join(f'{k}="{v}"' for k, v in
                         sorted({**labels, "alertstate": "firing"}.items()))
        for given, samples in ((raising, [{"labels": f"ALERTS{{{shown}}}", "value": 1}]),
                               (quiet, [])):
            tests.append({"interval": "1m", "input_series": given,
                          "promql_expr_test": [{"expr": query, "eval_time": "60m",
                                                "exp_samples": samples}]})
    print(json.dumps({"rule_files": sys.argv[1:], "evaluation_interval": "1m",
                      "tests": tests}, indent=1))


if __name__ == "__main__":
    main()
