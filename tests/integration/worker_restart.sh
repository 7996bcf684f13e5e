#!/usr/bin/env bash
# Two training workers share an index; one is killed, comes back and both end.
#   usage: worker_restart.sh SERVER TRAINER CTL
set -euo pipefail
dir=$(mktemp -d)
server_pid=
worker_pid=
cleanup() {
  for pid in $worker_pid $server_pid; do kill -9 "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$dir"
}
trap cleanup EXIT

# A set of 4,000 training and 200 test points over 800 labels and features.
/usr/bin/python3 - "$dir" <<'PYTHON'
import random, sys
random.seed(1)
for part, points in (("train", 4000), ("test", 200)):
    with open(f"{sys.argv[1]}/tiny.{part}.txt", "w") as f:
        f.write(f"{points} 800 800\n")
        for _ in range(points):
            label = random.randrange(800)
            f.write(f"{label} {label}:1.0\n")
PYTHON

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
