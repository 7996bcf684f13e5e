#!/usr/bin/env bash
# Two training workers share an index; one is killed, comes back and both end.
#   usage: worker_restart.sh SERVER TRAINER CTL
# shellcheck source=tests/integration/tiny_training.sh
. "$(dirname "${BASH_SOURCE[0]}")/tiny_training.sh"
server=$1 trainer=$2 ctl=$3

start_server "$server"
"$trainer" "${training[@]}" --eval-every 1000 --steps 3000 --worker-id a \
  --checkpoint "$dir/a" --checkpoint-every 50 >"$dir/a.log" 2>&1 &
client_pid=$!
for _ in $(seq 300); do
  [ -s "$dir/a.mongoose" ] && break
  sleep 0.1
done
"$trainer" "${training[@]}" --eval-every 1000 --steps 200 --worker-id b \
  --start-from index >"$dir/b.log" 2>&1
kill_now "$client_pid"
client_pid=
"$trainer" "${training[@]}" --eval-every 1000 --steps 200 --worker-id a \
  --checkpoint "$dir/a" --start-from index >"$dir/a2.log" 2>&1 ||
  { cat "$dir/a2.log"; exit 1; }

status=$("$ctl" --server "$socket" status train-xc-mongoose)
for writer in a b; do
  grep -q "\"$writer\": \"[1-9]" <<<"$status" ||
    { echo "no updates of worker $writer: $status"; exit 1; }
done
echo "worker restart: ok"
