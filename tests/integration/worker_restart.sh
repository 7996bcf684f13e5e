#!/usr/bin/env bash
# Two training workers share an index; one is killed, comes back and both end.
#   usage: worker_restart.sh SERVER TRAINER CTL
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
"$1" --set "listen.addresses=[\"$socket\"]" --set listen.metrics_address=off \
  --set shutdown.drain_ms=0 2>"$dir/server.log" &
server_pid=$!
for _ in $(seq 100); do
  grep -q '"event":"ready"' "$dir/server.log" && break
  sleep 0.1
done

worker() {
  "$train" --data "$dir" --data-name tiny --server "$socket" --modes mongoose \
    --batch 64 --eval-points 100 --eval-every 1000 "$@"
}
train=$2
worker --steps 3000 --worker-id a --checkpoint "$dir/a" --checkpoint-every 50 \
  >"$dir/a.log" 2>&1 &
worker_pid=$!
for _ in $(seq 300); do
  [ -s "$dir/a.mongoose" ] && break
  sleep 0.1
done
worker --steps 200 --worker-id b --start-from index >"$dir/b.log" 2>&1
kill -9 "$worker_pid"
wait "$worker_pid" 2>/dev/null || true
worker_pid=
worker --steps 200 --worker-id a --checkpoint "$dir/a" --start-from index \
  >"$dir/a2.log" 2>&1 || { cat "$dir/a2.log"; exit 1; }

status=$("$3" --server "$socket" status train-xc-mongoose)
for writer in a b; do
  grep -q "\"$writer\": \"[1-9]" <<<"$status" ||
    { echo "no updates of worker $writer: $status"; exit 1; }
done
echo "worker restart: ok"
