#!/usr/bin/env bash
# Kernels use nothing that the SIMT executor does not know (kernels/gpu.h).
set -euo pipefail
cd "$(dirname "$0")/../.."

banned='\bcub[/:]|cooperative_groups|\basm\b|wmma|\bmma_|\bdouble\b|__activemask'
banned+='|extern +__shared__|\b__shared__|<<<|printf|\bnew\b|\bmalloc\b|__half|cuda::barrier'
# What wraps CUDA for kernels may name it.
if grep -nE "$banned" core/cuda/kernels/*.cuh; then
  echo "kernels: the lines above use what only a GPU has" >&2
  exit 1
fi
if grep -rnE 'threadIdx|blockIdx|__global__' core/cuda --include='*.h' \
  --include='*.cc' --include='*.cu' |
  grep -vE 'kernels/gpu\.h|simt/cuda_names\.h'; then
  echo "kernels: they belong into core/cuda/kernels/*.cuh" >&2
  exit 1
fi
echo "kernels: ok"
