#!/usr/bin/env bash
# Drives a server through reflection alone, with no code of this project:
# creates an index, sets its rows, queries it, deletes it.
#   usage: independent_client.sh path/to/mongoose-server
set -euo pipefail
# shellcheck source=tests/lint/buf_version.sh
source tests/lint/buf_version.sh
buf=$(find_buf) || { echo "SKIPPED: npm cannot provide buf"; exit 77; }

dir=$(mktemp -d)
"$1" --set 'listen.addresses=["127.0.0.1:0"]' --set listen.metrics_address=off \
  --set shutdown.drain_ms=0 --set 'log.format=json' 2>"$dir/log" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$dir"' EXIT
for _ in $(seq 100); do
  grep -q '"event":"ready"' "$dir/log" && break
  sleep 0.1
done
port=$(sed -n 's/.*"event":"ready".*"port":\([0-9]*\).*/\1/p' "$dir/log")

call() {
  "$buf" curl --protocol grpc --http2-prior-knowledge \
    --reflect-protocol grpc-v1alpha -d "$2" \
    "http://127.0.0.1:$port/mongoose.v1.IndexService/$1"
}
# Little-endian floats as base64.
floats() { /usr/bin/python3 -c 'import base64, struct, sys; print(base64.b64encode(struct.pack("<%df" % (len(sys.argv) - 1), *map(float, sys.argv[1:]))).decode())' "$@"; }
ids() { /usr/bin/python3 -c 'import base64, struct, sys; print(base64.b64encode(struct.pack("<%dI" % (len(sys.argv) - 1), *map(int, sys.argv[1:]))).decode())' "$@"; }

call CreateIndex '{"spec": {"name": "axes", "num_rows": 3, "dim": 2,
  "default_plan": {"num_active": 1}}}' | grep -q '"created": *true'
call Update "{\"index\": \"axes\", \"writer_id\": \"curl\", \"sequence\": 1, \"set_rows\": {
  \"row_ids\": \"$(ids 0 1 2)\", \"values\": {\"dtype\": \"DATA_TYPE_FP32\", \"rows\": 3, \"cols\": 2,
  \"values\": \"$(floats 1 0 0 1 -1 -1)\"}}}" | grep -q '"appliedSequence": *"1"'
for _ in $(seq 50); do
  call GetIndexStatus '{"name": "axes"}' | grep -q '"indexVersion"' && break
  sleep 0.1
done
answer=$(call QueryNeurons "{\"index\": \"axes\", \"queries\": {\"dtype\": \"DATA_TYPE_FP32\",
  \"rows\": 1, \"cols\": 2, \"values\": \"$(floats 0.1 2)\"}}")
grep -q "\"ids\": *\"$(ids 1)\"" <<<"$answer" || { echo "unexpected answer: $answer"; exit 1; }
call DeleteIndex '{"name": "axes"}' >/dev/null
echo "independent client: ok"
