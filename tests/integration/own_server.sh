# shellcheck shell=bash
# Sourced: a folder $dir, a server on the socket $socket once it is started, and
# an end to $server_pid and $client_pid, whatever happens.
set -euo pipefail
dir=$(mktemp -d)
socket=unix:$dir/server.sock
server_pid=
client_pid=
cleanup() {
  for pid in $client_pid $server_pid; do kill -9 "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$dir"
}
trap cleanup EXIT

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
