#!/usr/bin/env bash
# A training worker outlives its server: killed, away for a while, back empty.
#   usage: server_restart.sh SERVER TRAINER CTL
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$(mktemp -d)
server_pid=
worker_pid=
cleanup() {
  for pid in $worker_pid $server_pid; do kill -9 "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$dir"
}
trap cleanup EXIT
/usr/bin/python3 "$here/make_tiny_set.py" "$dir"

socket=unix:$dir/server.sock
server=$1
start_server() {
  "$server" --set "listen.addresses=[\"$socket\"]" \
    --set listen.metrics_address=off 2>>"$dir/server.log" &
  server_pid=$!
}
steps_of() {
  "$ctl" --server "$socket" --timeout 2 status train-xc-mongoose 2>/dev/null |
    sed -n 's/.*"steps": "\([0-9]*\)".*/\1/p'
}
wait_for_steps() {
  for _ in $(seq 300); do
    steps=$(steps_of || true)
    [ "${steps:-0}" -ge "$1" ] && return
    sleep 0.1
  done
  echo "no $1 steps in the index: ${steps:-none}"
  cat "$dir/worker.log"
  exit 1
}

ctl=$3
start_server
"$2" --data "$dir" --data-name tiny --server "$socket" --modes mongoose \
  --batch 64 --eval-points 100 --eval-every 100000 --steps 6000 \
  --reconnect 60 >"$dir/worker.log" 2>&1 &
worker_pid=$!
wait_for_steps 100
kill -9 "$server_pid"
wait "$server_pid" 2>/dev/null || true
sleep 2
start_server
wait_for_steps 100
wait "$worker_pid" || { echo "the worker failed"; cat "$dir/worker.log"; exit 1; }
worker_pid=
grep -q "all rows are loaded again" "$dir/worker.log" ||
  { echo "the worker did not notice"; cat "$dir/worker.log"; exit 1; }
echo "server restart: ok"
