# shellcheck shell=bash
# Sourced: a folder $dir with a tiny data set, a server on the socket $socket,
# and an end to $server_pid and $worker_pid, whatever happens.
set -euo pipefail
dir=$(mktemp -d)
socket=unix:$dir/server.sock
server_pid=
worker_pid=
cleanup() {
  for pid in $worker_pid $server_pid; do kill -9 "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$dir"
}
trap cleanup EXIT
/usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/make_tiny_set.py" "$dir"

# start_server PROGRAM: until it is ready.
start_server() {
  local starts
  starts=$(grep -c '"event":"ready"' "$dir/server.log" 2>/dev/null || true)
  "$1" --set "listen.addresses=[\"$socket\"]" --set listen.metrics_address=off \
    --set shutdown.drain_ms=0 2>>"$dir/server.log" &
  server_pid=$!
  for _ in $(seq 100); do
    [ "$(grep -c '"event":"ready"' "$dir/server.log")" -gt "${starts:-0}" ] && return
    sleep 0.1
  done
  echo "the server is not ready after 10 s"
  cat "$dir/server.log"
  exit 1
}

# Of mongoose-train-xc.  Not a function that runs it: killing one that was put
# into the background would leave the program running.
# shellcheck disable=SC2034  # used by who sources this
training=(--data "$dir" --data-name tiny --server "$socket" --modes mongoose
  --batch 64 --eval-points 100)

# kill_now PID: at once, and gone.
kill_now() {
  kill -9 "$1"
  wait "$1" 2>/dev/null || true
}
