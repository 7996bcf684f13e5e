#!/usr/bin/env bash
# Sets up, builds and runs the demonstration; see --help.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
work=$root/.demo
modes=dense,in-batch,slide,mongoose
steps=200
evaluate=4096
extra=()

usage() {
  cat <<'HELP'
usage: deploy/demo.sh [--help] [--full] [--modes LIST] [--steps N] [-- TRAINER FLAG...]

Installs the Debian packages it needs (deploy/packages.txt), builds, makes the
WordNet set (104,132 labels), starts a server on a Unix socket and trains the
extreme classification model once per mode, with the same weights and batches:

  dense     full softmax over all labels
  in-batch  only the labels of the batch
  slide     random hash tables, rebuilt every 50 steps
  mongoose  this service: drift scheduler, exact re-rank
  uniform, oracle: by --modes

Prints progress and one table, and writes .demo/report.html.  Takes about ten
minutes on two cores.

  --full         train for 4 epochs and evaluate on the whole test set
  --modes LIST   modes to run, by comma (default dense,in-batch,slide,mongoose)
  --steps N      steps per mode (default 200; an epoch has 183)
HELP
}

while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --full) steps=732; evaluate=0 ;;
    --modes) modes=$2; shift ;;
    --steps) steps=$2; shift ;;
    --) shift; extra=("$@"); break ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

deploy/setup.sh build demo
mkdir -p "$work"
echo "demo: building (the first time takes a few minutes)"
cmake --preset release -DBUILD_TESTING=OFF -B build/demo >"$work/build.log" 2>&1 ||
  { cat "$work/build.log" >&2; exit 1; }
cmake --build build/demo --target mongoose-server mongoosectl mongoose-train-xc \
  >>"$work/build.log" 2>&1 || { tail -40 "$work/build.log" >&2; exit 1; }

if [ ! -s "$work/wordnet/wordnet.test.txt" ]; then
  echo "demo: making the WordNet set"
  /usr/bin/python3 client/examples/make_wordnet_set.py "$work/wordnet" --check
fi

socket=$work/server.sock
build/demo/server/mongoose-server \
  --set "listen.addresses=[\"unix:$socket\"]" \
  --set listen.metrics_address=127.0.0.1:9464 \
  --set shutdown.drain_ms=0 2>"$work/server.log" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
  grep -q '"event":"ready"' "$work/server.log" && break
  kill -0 "$server" 2>/dev/null || { cat "$work/server.log" >&2; exit 1; }
  sleep 0.1
done

build/demo/client/examples/mongoose-train-xc --data "$work/wordnet" \
  --server "unix:$socket" --modes "$modes" --steps "$steps" \
  --eval-points "$evaluate" --report "$work/report.html" "${extra[@]}"
echo "demo: report in $work/report.html, server log in $work/server.log"
