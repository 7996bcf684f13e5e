#!/usr/bin/env bash
# Measures this project against its peers and writes a report; see --help.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

usage() {
  cat <<'HELP'
usage: tests/bench/compare.sh [OPTION...]

Builds the comparison (deploy/packages.txt sections build, test and bench),
runs this project and its peers in turn on the same data, and writes report.md
with plots and CSV files.  Use a quiet machine.  docs/benchmarks.md explains
the paths.

  --quick          a fifth of set a, few settings: shows that all works
  --sets LIST      of a,b,g,n,s,u,v,w                    [a,b,g,n,s]
  --paths LIST     of 1,2,3,4,5,7,8                      [all]
  --threads LIST   numbers of threads, one run each      [1,2]
  --repetitions N  pairs of runs a ratio                 [5; quick 3]
  --growth         path 6 too: up to 2 million rows, slow
  --out DIR        for the report                        [build/bench/report]
  --no-build       use build/bench as it is
  --help

MONGOOSE_SHARED_DATA names the folder with the real data of sets g, n and s
(default: ../shared/data beside this checkout); without it sets v, u and w take
their places: they are made from Debian's WordNet by training the demo's model,
which takes three minutes the first time.
OPENBLAS_CORETYPE is set to suit the processor unless it is set already.
HELP
}

sets=
paths=1,2,3,4,5,7,8
threads=
repetitions=
out=$root/build/bench/report
quick=()
growth=false
build=true
while [ $# -gt 0 ]; do
  case "$1" in
    --quick) quick=(--quick) ;;
    --growth) growth=true ;;
    --no-build) build=false ;;
    --sets | --paths | --threads | --repetitions | --out)
      [ $# -ge 2 ] || { usage >&2; exit 2; }
      declare "${1#--}=$2"
      shift
      ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
if [ ${#quick[@]} -gt 0 ]; then
  sets=${sets:-a}
  threads=${threads:-1}
  repetitions=${repetitions:-3}
fi
threads=${threads:-1,2}
repetitions=${repetitions:-5}
if $growth; then paths=$paths,6; fi

build_programs() {
  export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=true
  deploy/setup.sh build test bench
  cmake --preset release -B build/bench -DMONGOOSE_BENCH=ON >/dev/null
  cmake --build build/bench --target mongoose-compare
}

# Unpacks what sets g, n and s need to build/bench/data.
unpack_data() {
  local from=${MONGOOSE_SHARED_DATA:-$root/../shared/data} file
  mkdir -p build/bench/data
  for file in vectors/words.i8 vectors/words.words.txt text/austen.txt \
    layer/debian.W.i8 layer/debian.W.scale layer/debian.H.i8 \
    layer/debian.H.scale; do
    local to=build/bench/data/${file##*/}
    [ ! -e "$to" ] || continue
    if [ -r "$from/$file" ]; then
      cp "$from/$file" "$to.part"
    elif [ -r "$from/$file.xz" ]; then
      xz -dc "$from/$file.xz" >"$to.part"
    else
      continue
    fi
    mv "$to.part" "$to"
  done
}

# Trains the model of sets u, v and w.
train_model() {
  local data=build/bench/data
  [ ! -s "$data/model.dense" ] || return 0
  deploy/setup.sh demo
  cmake --build build/bench --target mongoose-train-xc
  /usr/bin/python3 client/examples/make_wordnet_set.py "$data/wordnet"
  cp "$data/wordnet/wordnet.test.txt" "$data/"
  build/bench/client/examples/mongoose-train-xc --data "$data/wordnet" \
    --modes dense --epochs 2 --initial-accumulator 1e-8 --eval-points 512 \
    --checkpoint "$data/model"
}

# Debian's OpenBLAS takes its slowest kernels on processors it does not know.
choose_openblas_kernels() {
  local flags
  flags=" $(grep -m1 '^flags' /proc/cpuinfo || true) "
  case "$flags" in
    *' avx512_bf16 '*) echo Cooperlake ;;
    *' avx512bw '*) echo SkylakeX ;;
    *' avx2 '*) echo Haswell ;;
  esac
}

if $build; then build_programs; fi
unpack_data
if [ -z "$sets" ]; then
  sets=a,b,g,n,s
  [ -e build/bench/data/words.i8 ] || sets=a,b,v,u,w
fi
case ,$sets, in *,[uvw],*) train_model ;; esac
if [ -z "${OPENBLAS_CORETYPE:-}" ]; then
  OPENBLAS_CORETYPE=$(choose_openblas_kernels)
  if [ -n "$OPENBLAS_CORETYPE" ]; then
    export OPENBLAS_CORETYPE
  else
    unset OPENBLAS_CORETYPE
  fi
fi

revision=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain -uno 2>/dev/null)" ] || revision="$revision with changes"
mkdir -p "$out"
rm -f "$out"/*.csv "$out"/*.svg "$out"/report.md
for n in ${threads//,/ }; do
  OMP_NUM_THREADS=$n OPENBLAS_NUM_THREADS=$n \
    build/bench/tests/bench/mongoose-compare --threads "$n" --sets "$sets" \
    --paths "$paths" --repetitions "$repetitions" --out "$out" \
    --data build/bench/data --revision "$revision" ${quick[@]+"${quick[@]}"}
done
/usr/bin/python3 tests/bench/report.py "$out"
echo "report: $out/report.md"
