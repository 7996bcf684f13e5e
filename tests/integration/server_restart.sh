#!/usr/bin/env bash
# A training worker outlives its server: killed, away for a while, back empty.
#   usage: server_restart.sh SERVER TRAINER CTL
# shellcheck source=tests/integration/tiny_training.sh
. "$(dirname "${BASH_SOURCE[0]}")/tiny_training.sh"
server=$1 trainer=$2 ctl=$3

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

start_server "$server"
"$trainer" "${training[@]}" --eval-every 100000 --steps 6000 --reconnect 60 \
  >"$dir/worker.log" 2>&1 &
client_pid=$!
wait_for_steps 100
kill_now "$server_pid"
sleep 2
start_server "$server"
wait_for_steps 100
wait "$client_pid" || { echo "the worker failed"; cat "$dir/worker.log"; exit 1; }
client_pid=
grep -q "all rows are loaded again" "$dir/worker.log" ||
  { echo "the worker did not notice"; cat "$dir/worker.log"; exit 1; }
echo "server restart: ok"
