#!/usr/bin/env bash
# Sets up, builds and tests everything; see --help.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# Lets builds of other checkouts of the same sources share the compiler cache.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=true

usage() {
  cat <<'HELP'
usage: tests/run.sh [--help] [STAGE...]

Installs the Debian packages it needs (deploy/packages.txt), then runs the
stages named, by default all but tidy:
  lint     layout, layers, sizes, proto comments, shell scripts, buf, deploy/
  release  optimised build, all tests, every header compiled alone
  asan     all tests under AddressSanitizer and UndefinedBehaviorSanitizer
  tsan     core under ThreadSanitizer
  deploy   images and compose stack on a Docker engine of its own; skipped, with
           the reason, where none starts
  tidy     clang-tidy over all sources (slow)
HELP
}

stage() { printf '\n== %s (%ss)\n' "$*" "$SECONDS"; }

build_and_test() {
  local preset=$1
  stage "$preset: build"
  cmake --preset "$preset" >"build-$preset.log" 2>&1 || { cat "build-$preset.log"; return 1; }
  if ! cmake --build --preset "$preset" >"build-$preset.log" 2>&1; then
    grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking|Running)' "build-$preset.log"
    return 1
  fi
  rm -f "build-$preset.log"
  stage "$preset: test"
  ctest --preset "$preset" -j "$(nproc)"
}

run_lint() {
  stage "lint"
  /usr/bin/python3 tests/lint/check_layers.py
  tests/lint/check_kernels.sh
  /usr/bin/python3 tests/lint/check_sizes.py
  /usr/bin/python3 tests/lint/check_proto_comments.py
  git ls-files '*.h' '*.cc' | xargs clang-format --dry-run -Werror
  git ls-files '*.sh' .ci/run | xargs shellcheck -x
  tests/lint/check_buf.sh
  deploy/setup.sh lint
  tests/lint/check_deploy.sh
}

run_tidy() {
  stage "tidy"
  # Without the options that only GCC knows.
  cmake --preset release -B build/tidy \
    -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O2 -g -DNDEBUG" >/dev/null
  cmake --build build/tidy --target mongoose_index_service_proto \
    mongoose_server_config_proto mongoose_rpc_status_proto >/dev/null
  git ls-files 'core/*.cc' 'server/*.cc' 'client/*.cc' |
    xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p build/tidy
}

stages=()
for argument in "$@"; do
  case "$argument" in
    -h | --help) usage; exit 0 ;;
    lint | release | asan | tsan | deploy | tidy) stages+=("$argument") ;;
    *) usage >&2; exit 2 ;;
  esac
done
[ ${#stages[@]} -gt 0 ] || stages=(lint release deploy asan tsan)

deploy/setup.sh build test demo
command -v npm >/dev/null || deploy/setup.sh npm || echo "npm cannot be installed"
for name in "${stages[@]}"; do
  case "$name" in
    lint) run_lint ;;
    deploy) stage "deploy"; tests/deploy/run.sh ;;
    tidy) deploy/setup.sh tidy; run_tidy ;;
    release)
      build_and_test release
      cmake --build --preset release --target all_verify_interface_header_sets >/dev/null
      ;;
    *) build_and_test "$name" ;;
  esac
done
stage "all passed"
