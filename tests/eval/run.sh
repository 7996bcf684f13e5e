#!/usr/bin/env bash
# Replays real training trajectories through every policy; see --help.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

usage() {
  cat <<'HELP'
usage: tests/eval/run.sh [OPTION...]

Trains the demo's classifier once with a sampled and once with a dense
optimizer, records how the output layer moves, and replays both recordings
through indexes of every family and rehash policy.  Then measures the recall
of learned partitions at equal rows read, on the sets that tests/bench/compare.sh
has prepared.  Writes report.md with plots and CSV files; docs/learning.md
explains them.

  --steps N     training steps of the sampled run [1464: eight epochs, by
                which precision has nearly converged]
  --dense-steps N  the same of the dense run, slow to train [732: four]
  --every N     steps between frames [20]
  --seeds LIST  of training and hash functions [1]
  --data DIR    folder of wordnet.{train,test}.txt; made if missing
                [build/bench/data/wordnet]
  --out DIR     for recordings and the report, some GB [build/bench/eval]
  --keep        keep the recordings
  --no-build    use build/bench as it is
  --help
HELP
}

steps=1464
dense_steps=732
every=20
seeds=1
data=build/bench/data/wordnet
out=build/bench/eval
build=true
keep=false
while [ $# -gt 0 ]; do
  case "$1" in
    --no-build) build=false ;;
    --keep) keep=true ;;
    --steps | --dense-steps | --every | --seeds | --data | --out)
      [ $# -ge 2 ] || { usage >&2; exit 2; }
      name=${1#--}
      declare "${name//-/_}=$2"
      shift
      ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

if $build; then
  export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=true
  deploy/setup.sh build test bench demo
  cmake --preset release -B build/bench -DMONGOOSE_BENCH=ON >/dev/null
  cmake --build build/bench \
    --target mongoose-train-xc mongoose-replay mongoose-retrieval
fi
if [ ! -s "$data/wordnet.train.txt" ]; then
  /usr/bin/python3 client/examples/make_wordnet_set.py "$data"
fi
mkdir -p "$out"
rm -f "$out"/*.csv "$out"/*.svg "$out"/report.md
for seed in ${seeds//,/ }; do
  # oracle: the optimizer of a perfect index changes the rows of active sets.
  for mode in oracle dense; do
    recording=$out/moves-s$seed
    name=sampled
    mode_steps=$steps
    if [ "$mode" = dense ]; then
      name=dense
      mode_steps=$dense_steps
    fi
    build/bench/client/examples/mongoose-train-xc --data "$data" \
      --modes "$mode" --active-per-sample 8 --steps "$mode_steps" --eval-points 512 \
      --eval-every 366 --seed "$seed" --trajectory "$recording" \
      --trajectory-every "$every"
    build/bench/tests/eval/mongoose-replay "$recording.$mode" --out "$out" \
      --name "$name-s$seed" --seed "$seed" --frame-steps "$every"
    $keep || rm -f "$recording.$mode"
  done
done

# The sets of tests/bench whose data compare.sh has left there.
sets=
[ ! -e build/bench/data/words.i8 ] || sets=s,g,n
[ ! -e build/bench/data/model.dense ] || sets=${sets:+$sets,}w,v,u
if [ -n "$sets" ]; then
  build/bench/tests/eval/mongoose-retrieval --data build/bench/data \
    --sets "$sets" --seeds "$seeds" --out "$out/retrieval.csv"
fi
/usr/bin/python3 tests/eval/replay_report.py "$out"
echo "report: $out/report.md"
