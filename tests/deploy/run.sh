#!/usr/bin/env bash
# Builds the images and runs the stack of deploy/compose.yaml; see --help.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

usage() {
  cat <<'HELP'
usage: tests/deploy/run.sh [--help] [--keep] [CASE...]

Starts a Docker engine of its own (as root), builds the images, brings the stack
up with a training worker, and runs the cases of tests/deploy/scenarios.py, by
default all.  Where no engine can be started it says why and passes.  Ports
50051, 9464, 9090 and 9093 of the loopback must be free.

  --keep   leave images and layers in build/deploy for the next run
HELP
}

keep=false
cases=()
for argument in "$@"; do
  case "$argument" in
    -h | --help) usage; exit 0 ;;
    --keep) keep=true ;;
    -*) usage >&2; exit 2 ;;
    *) cases+=("$argument") ;;
  esac
done

skip() { echo "deploy: SKIPPED, $*"; exit 0; }
say() { printf 'deploy: %s (%ss)\n' "$*" "$SECONDS"; }

[ "$(id -u)" -eq 0 ] || skip "an engine of its own needs root"
deploy/setup.sh build test lint deploy-test || skip "its packages cannot be installed"
command -v dockerd >/dev/null || deploy/setup.sh docker ||
  skip "no Docker engine can be installed"

work=$root/build/deploy
mkdir -p "$work"
export DOCKER_HOST=unix://$work/docker.sock DOCKER_BUILDKIT=0
compose=(docker-compose -p mongoose-test -f deploy/compose.yaml)
engine=
cleanup() {
  if [ -n "$engine" ]; then
    "${compose[@]}" --profile demo down -v -t 2 >/dev/null 2>&1 || true
    kill "$engine" 2>/dev/null || true
    wait "$engine" 2>/dev/null || true
  fi
  umount "$work/exec/netns/default" 2>/dev/null || true
  $keep || rm -rf "$work/data" "$work/base.tar"
}
trap cleanup EXIT

dockerd --data-root "$work/data" --exec-root "$work/exec" -p "$work/pid" \
  -H "$DOCKER_HOST" --iptables=false --ip6tables=false --ip-forward=false \
  --bridge=none >"$work/engine.log" 2>&1 &
engine=$!
for _ in $(seq 60); do
  docker info >/dev/null 2>&1 && break
  kill -0 "$engine" 2>/dev/null || break
  sleep 0.5
done
if ! docker info >/dev/null 2>&1; then
  skip "no Docker engine starts here: $(tail -1 "$work/engine.log")"
fi

base=debian:bookworm-slim
if ! docker image inspect "$base" >/dev/null 2>&1; then
  say "making the base image"
  mirror=http://deb.debian.org
  mmdebstrap --quiet --variant=minbase --include=ca-certificates bookworm \
    "$work/base.tar" "deb $mirror/debian bookworm main" \
    "deb $mirror/debian bookworm-updates main" \
    "deb $mirror/debian-security bookworm-security main" >"$work/base.log" 2>&1 ||
    { cat "$work/base.log"; exit 1; }
  docker import --change 'CMD ["bash"]' "$work/base.tar" "$base" >/dev/null
fi
build() {
  say "building $1"
  docker build --network host --build-arg "BASE=$base" -t "$1" "${@:2}" \
    >"$work/build.log" 2>&1 || { tail -40 "$work/build.log"; exit 1; }
}
build mongoose:0.1.0 -f deploy/Dockerfile --target server .
build mongoose-worker:0.1.0 -f deploy/Dockerfile --target worker .
build prom/prometheus:v2.42.0 --target prometheus - <tests/deploy/monitors.Dockerfile
build prom/alertmanager:v0.25.0 --target alertmanager - <tests/deploy/monitors.Dockerfile

# The part of the toolkit that compiling needs stands in for NVIDIA's image.
# The nvcc on PATH may be a script, so the compiler itself is asked where it is.
nvcc=$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)
if [ -x "$nvcc" ]; then
  : >"$work/empty.cu"
  cuda=$(dirname "$("$nvcc" --dryrun "$work/empty.cu" 2>&1 |
    sed -n 's/^#\$ _HERE_=//p')")
  say "making the toolkit image"
  (cd "$cuda" && tar -c --transform 's,^,usr/local/cuda-13.0/,S' \
    bin include nvvm targets lib64 lib/libcuda*.a) |
    docker import - mongoose-toolkit >/dev/null
  build mongoose-build:0.1.0 -f deploy/Dockerfile --target build .
  build mongoose-cuda:0.1.0 -f deploy/Dockerfile.cuda --build-arg TOOLKIT=mongoose-toolkit .
fi

say "building the Python package"
cmake --preset release >/dev/null
cmake --build --preset release --target mongoose_python >/dev/null
if [ ! -d build/tools/playwright/node_modules/playwright-core ]; then
  npm install --prefix build/tools/playwright --no-audit --no-fund --silent \
    playwright-core@1.49.1 >/dev/null 2>&1 || echo "deploy: npm cannot provide playwright-core"
fi

say "running the cases"
PYTHONPATH=build/release/client/python PYTHONUNBUFFERED=1 \
  /usr/bin/python3 -B tests/deploy/scenarios.py "${cases[@]}"
say "ok"
