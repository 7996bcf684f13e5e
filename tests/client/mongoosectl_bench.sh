#!/usr/bin/env bash
# The command line of `mongoosectl bench` against a server process.
#   usage: mongoosectl_bench.sh SERVER CTL
# shellcheck source=tests/integration/own_server.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/own_server.sh"
server=$1 ctl=$2
fail() { echo "FAILED: $*" >&2; exit 1; }

start_server "$server"

command=("$ctl" --server "$socket" bench --warmup 0.1 --concurrency 2 --batch 4)
bench() { "${command[@]}" --duration 1 "$@"; }
create=(--create --rows 2000 --dim 16 --updates-per-second 10 --update-rows 20)
no_index_left() {
  [ "$("$ctl" --server "$socket" list | wc -l)" = 1 ] || fail "$1 left an index"
}

# Whole numbers of the report must add up; prints nothing when they do.
cat >"$dir/check.py" <<'PYTHON'
import json, sys
report = json.loads(sys.stdin.read())
for name, due in (("queries", report["rate"]), ("updates", 10)):
    lane = report[name]
    assert lane["calls"] == lane["ok"] + sum(lane["errors"].values()), lane
    assert lane["ok"] > 0 and not lane["errors"], lane
    assert due == 0 or lane["calls"] + lane["dropped"] == due, lane
    latency = lane["latency_ms"]
    assert 0 < latency["p50"] <= latency["p99.9"] <= latency["max"], lane
assert report["loop"] == sys.argv[1], report
PYTHON
bench "${create[@]}" --json | /usr/bin/python3 "$dir/check.py" closed
no_index_left "the closed loop"
bench "${create[@]}" --json --rate 40 | /usr/bin/python3 "$dir/check.py" open
bench "${create[@]}" --layout union --active 5 --min-hits 1 >"$dir/table"
grep -q '^queries .* 0 ' "$dir/table" || fail "no table: $(cat "$dir/table")"

if bench --index none 2>"$dir/error"; then fail "an unknown index is fine"; fi
grep -q NOT_FOUND "$dir/error" || fail "no NOT_FOUND: $(cat "$dir/error")"
if bench 2>"$dir/error"; then fail "no index is fine"; fi
grep -q -- --create "$dir/error" || fail "no advice: $(cat "$dir/error")"

# Every call fails: more rows are asked for than a plan may.
if bench "${create[@]}" --active 100000 --rate 20 >"$dir/table" 2>"$dir/error"
then fail "failed calls are fine"; fi
grep -Eq 'queries: [0-9]+ failed with INVALID_ARGUMENT' "$dir/table" ||
  fail "errors are not counted: $(cat "$dir/table" "$dir/error")"
bench "${create[@]}" --active 100000 --rate 20 --allow-errors >"$dir/table"

for signal in INT TERM; do
  # Not by the function: the signal shall reach the process itself.
  "${command[@]}" "${create[@]}" --duration 60 --index short --json \
    >"$dir/report" 2>"$dir/error" &
  client_pid=$!
  for _ in $(seq 100); do
    "$ctl" --server "$socket" status short 2>"$dir/status-error" |
      grep -q '"mongoosectl-bench-0"' && break  # the load is on
    sleep 0.1
  done
  kill -"$signal" "$client_pid"
  if wait "$client_pid"; then fail "SIG$signal is a success"; fi
  client_pid=
  grep -q '"is_complete":false' "$dir/report" || fail "no report after $signal"
  no_index_left "SIG$signal"
done
echo "mongoosectl bench: ok"
