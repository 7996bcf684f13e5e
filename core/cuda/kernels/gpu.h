// One kernel source for two executors: nvcc and a GPU, or any compiler and the
// SIMT executor (core/cuda/simt).
//
// Rules for what includes this: std and CUDA alone; namespace GPU_NAMESPACE,
// as a binary may hold both executors' code; no CUB, cooperative groups,
// inline PTX, wmma, double precision, __activemask
// (tests/lint/check_kernels.sh); and no block waits for another.  Floating
// point is not contracted
// (-fmad=false), so that results are those of core/hash bit for bit.
#ifndef MONGOOSE_CORE_CUDA_KERNELS_GPU_H_
#define MONGOOSE_CORE_CUDA_KERNELS_GPU_H_

#include <cstddef>
#include <cstdint>

#define GPU_STRIP_PARENTHESES(...) __VA_ARGS__

#if defined(__CUDACC__)

#include <cuda_runtime.h>

#define GPU_NAMESPACE mongoose::cuda
#define GPU_SHARED(type, name, extents) __shared__ type name extents
// GPU_LAUNCH((Kernel<4>), grid, block, stream, arguments...): an Error.
#define GPU_LAUNCH(kernel, grid, block, stream, ...)               \
  (GPU_STRIP_PARENTHESES kernel<<<(grid), (block), 0, (stream)>>>( \
       __VA_ARGS__),                                               \
   ::mongoose::cuda::ErrorOf(cudaGetLastError()))

#else

#include "core/cuda/simt/cuda_names.h"

#define __global__
#define __device__
#define __launch_bounds__(...)
#define GPU_NAMESPACE mongoose::emulated
#define GPU_SHARED(type, name, extents)                                   \
  using name##_type = type extents;                                       \
  static const char name##_key = 0;                                       \
  auto& name = *static_cast<name##_type*>(::mongoose::simt::SharedMemory( \
      &name##_key, sizeof(name##_type), {__FILE__, __LINE__}))
#define GPU_LAUNCH(kernel, grid, block, stream, ...) \
  (stream).Launch((grid), (block),                   \
                  [=] { GPU_STRIP_PARENTHESES kernel(__VA_ARGS__); })

#endif

namespace GPU_NAMESPACE {

inline constexpr unsigned kFullWarp = 0xFFFFFFFFU;
inline constexpr unsigned kWarpThreads = 32;

}  // namespace GPU_NAMESPACE

#endif  // MONGOOSE_CORE_CUDA_KERNELS_GPU_H_
