# shellcheck shell=bash
# Sourced: as own_server.sh, and a tiny data set in $dir.
# shellcheck source=tests/integration/own_server.sh
. "$(dirname "${BASH_SOURCE[0]}")/own_server.sh"
/usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/make_tiny_set.py" "$dir"

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
