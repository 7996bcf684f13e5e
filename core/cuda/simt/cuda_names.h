// The part of CUDA C++ that kernels here use, for the executor.
#ifndef MONGOOSE_CORE_CUDA_SIMT_CUDA_NAMES_H_
#define MONGOOSE_CORE_CUDA_SIMT_CUDA_NAMES_H_

#include <bit>
#include <cmath>
#include <cstdint>

#include "core/cuda/simt/executor.h"

// NOLINTBEGIN: the names are CUDA's.
#define threadIdx (::mongoose::simt::Here().thread_index)
#define blockIdx (::mongoose::simt::Here().block_index)

inline void __syncthreads(const char* file = __builtin_FILE(),
                          int line = __builtin_LINE()) {
  mongoose::simt::Barrier({file, line});
}

// Masks name all lanes: the executor knows no others.
inline unsigned __ballot_sync(unsigned, bool vote,
                              const char* file = __builtin_FILE(),
                              int line = __builtin_LINE()) {
  const auto votes = mongoose::simt::Exchange(vote ? 1 : 0, {file, line});
  unsigned mask = 0;
  for (unsigned lane = 0; lane < mongoose::simt::kWarpSize; ++lane) {
    mask |= static_cast<unsigned>(votes[lane]) << lane;
  }
  return mask;
}

namespace mongoose::simt {

template <typename T>
T ShuffleXor(T value, unsigned lanes, Place place) {
  static_assert(sizeof(T) == 4);
  const unsigned lane = Here().thread_index.x % kWarpSize;
  const auto values = Exchange(std::bit_cast<std::uint32_t>(value), place);
  return std::bit_cast<T>(static_cast<std::uint32_t>(values[lane ^ lanes]));
}

template <typename T>
T ShuffleUp(T value, unsigned delta, Place place) {
  static_assert(sizeof(T) == 4);
  const unsigned lane = Here().thread_index.x % kWarpSize;
  const auto values = Exchange(std::bit_cast<std::uint32_t>(value), place);
  return lane < delta ? value
                      : std::bit_cast<T>(
                            static_cast<std::uint32_t>(values[lane - delta]));
}

}  // namespace mongoose::simt

template <typename T>
T __shfl_xor_sync(unsigned, T value, unsigned lanes,
                  const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) {
  return mongoose::simt::ShuffleXor(value, lanes, {file, line});
}

template <typename T>
T __shfl_up_sync(unsigned, T value, unsigned delta,
                 const char* file = __builtin_FILE(),
                 int line = __builtin_LINE()) {
  return mongoose::simt::ShuffleUp(value, delta, {file, line});
}

template <typename T>
T min(T a, T b) {
  return b < a ? b : a;
}

// Four products of int8, summed and added to `sum`.
inline int __dp4a(int a, int b, int sum) {
  for (int i = 0; i < 4; ++i) {
    sum += static_cast<std::int8_t>(a >> (8 * i)) *
           static_cast<std::int8_t>(b >> (8 * i));
  }
  return sum;
}
// NOLINTEND

#endif  // MONGOOSE_CORE_CUDA_SIMT_CUDA_NAMES_H_
