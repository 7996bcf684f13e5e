#!/usr/bin/env bash
# Installs the Debian packages of one or more sections of packages.txt.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
  cat <<'HELP'
usage: deploy/setup.sh [--help] SECTION...

Installs what is missing of the sections build, runtime, demo, test, lint,
deploy-test, docker, bench, tidy and npm of deploy/packages.txt, with apt-get; as
root, or through sudo.
HELP
}

# The packages of section $1.
section() {
  awk -v want="[$1]" '/^\[/ {on = ($0 == want); next} on && NF && !/^#/' \
    "$here/packages.txt"
}

[ $# -gt 0 ] || { usage >&2; exit 2; }
missing=()
for name in "$@"; do
  case "$name" in
    -h | --help) usage; exit 0 ;;
  esac
  packages=$(section "$name")
  [ -n "$packages" ] || { echo "setup.sh: no section '$name' in packages.txt" >&2; exit 2; }
  for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
      missing+=("$package")
  done
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "setup.sh: needs root or sudo to install: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo env DEBIAN_FRONTEND=noninteractive)
fi
echo "setup: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
