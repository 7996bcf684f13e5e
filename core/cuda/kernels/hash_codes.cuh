// Hashing in whole numbers: the codes of core/hash/integer_projection.h and
// partition_projection.h, bit for bit.
#ifndef MONGOOSE_CORE_CUDA_KERNELS_HASH_CODES_CUH_
#define MONGOOSE_CORE_CUDA_KERNELS_HASH_CODES_CUH_

#include "core/cuda/kernels/gpu.h"

namespace GPU_NAMESPACE {

// Threads of a block: one a column of the directions at a time.
inline constexpr unsigned kHashThreads = 256;
// Blocks of a multiprocessor at once: leaves 64 registers a thread, of which
// products take most.
inline constexpr unsigned kHashBlocks = 4;
// Vectors of a block: each word of the directions is read once for all.
inline constexpr unsigned kHashVectors = 8;
// Words of a vector in shared memory at a time; 4 values a word.
inline constexpr unsigned kHashWords = 128;
// The most bits of a vector, as of HashSpec (512 tables of 16 bits).
inline constexpr unsigned kHashBits = 8192;

// Device memory of a batch.
struct HashBatch {
  const float* vectors = nullptr;  // [count, cols]
  std::int32_t* words = nullptr;   // [count, num_words], four int8 each
  std::uint16_t* codes = nullptr;  // [count, num_tables]
  unsigned count = 0;
  unsigned cols = 0;
  unsigned num_words = 0;  // (cols + 3) / 4
  int amplitude = 0;
};

// Device memory of hash functions.
struct HashColumns {
  const std::int32_t* words = nullptr;  // [num_words, columns]
  const float* weights = nullptr;       // [columns]; null for SimHash
  unsigned columns = 0;
  unsigned bits_per_table = 0;
  unsigned num_tables = 0;
};

// The largest magnitude of lane's values among the lanes of the warp.
__device__ inline float WarpMax(float value) {
  for (unsigned lanes = kWarpThreads / 2; lanes > 0; lanes /= 2) {
    value = fmaxf(value, __shfl_xor_sync(kFullWarp, value, lanes));
  }
  return value;
}

// x * scale to nearest, ties to even, in the low eight bits.
__device__ inline std::int32_t RoundedByte(float x, float scale) {
  return static_cast<std::int32_t>(rintf(x * scale)) & 0xFF;
}

// RoundToAmplitude (integer_kernels.h) of each vector; cols are padded with 0.
// A warp a vector, [count / warps] blocks; reads of a warp are consecutive.
// Bound by memory.
__global__ void __launch_bounds__(kHashThreads) RoundVectors(HashBatch batch) {
  constexpr float kTiny = 0x1p-100F;
  const unsigned lane = threadIdx.x % kWarpThreads;
  const unsigned vector =
      (blockIdx.x * kHashThreads + threadIdx.x) / kWarpThreads;
  if (vector >= batch.count) return;  // whole warps
  const float* const x = batch.vectors + std::size_t{vector} * batch.cols;
  float largest = 0;
  for (unsigned i = lane; i < batch.cols; i += kWarpThreads) {
    largest = fmaxf(largest, fabsf(x[i]));
  }
  largest = WarpMax(largest);
  const float scale =
      largest < kTiny ? 0 : static_cast<float>(batch.amplitude) / largest;
  std::int32_t* const out = batch.words + std::size_t{vector} * batch.num_words;
  for (unsigned w = lane; w < batch.num_words; w += kWarpThreads) {
    std::int32_t word = 0;
    for (unsigned b = 0; b < 4 && 4 * w + b < batch.cols; ++b) {
      word |= RoundedByte(x[4 * w + b], scale) << (8 * b);
    }
    out[w] = word;
  }
}

// Products of kHashVectors vectors from `first` on with one column a thread,
// exact in int32.  A column beyond the last gives 0.  All threads of the block.
struct Products {
  std::int32_t of[kHashVectors];
};
__device__ inline Products Multiply(const HashBatch& batch,
                                    const HashColumns& functions,
                                    unsigned first, unsigned column) {
  GPU_SHARED(std::int32_t, tile, [kHashVectors][kHashWords]);
  Products products{};
  for (unsigned done = 0; done < batch.num_words; done += kHashWords) {
    const unsigned width = min(kHashWords, batch.num_words - done);
    __syncthreads();  // nobody reads the last tile any more
    for (unsigned i = threadIdx.x; i < kHashVectors * width;
         i += kHashThreads) {
      const unsigned v = i / width;
      const std::size_t vector = first + v;
      tile[v][i % width] =
          vector < batch.count
              ? batch.words[vector * batch.num_words + done + i % width]
              : 0;
    }
    __syncthreads();
    if (column >= functions.columns) continue;
    for (unsigned w = 0; w < width; ++w) {
      const std::int32_t direction =
          functions.words[std::size_t{done + w} * functions.columns + column];
      for (unsigned v = 0; v < kHashVectors; ++v) {
        products.of[v] = __dp4a(tile[v][w], direction, products.of[v]);
      }
    }
  }
  return products;
}

// Bits [first, first + count) of a stream of 32-bit words; count <= 16.
__device__ inline std::uint16_t BitsAt(const std::uint32_t* stream,
                                       unsigned first, unsigned count) {
  const unsigned word = first / 32;
  const std::uint64_t pair =
      stream[word] | static_cast<std::uint64_t>(stream[word + 1]) << 32;
  return static_cast<std::uint16_t>(pair >> (first % 32) &
                                    ((1U << count) - 1U));
}

// Sign codes: bit c of a vector is set where its product with column c is
// positive; a code is bits_per_table of them (PackCodes).  [count /
// kHashVectors] blocks; 12 KiB of shared memory; bound by int8 products.
__global__ void __launch_bounds__(kHashThreads, kHashBlocks)
    SignCodes(HashBatch batch, HashColumns functions) {
  // Of each vector, and one word more than its codes need.
  GPU_SHARED(std::uint32_t, signs, [kHashVectors][kHashBits / 32 + 1]);
  const unsigned first = blockIdx.x * kHashVectors;
  for (unsigned done = 0; done < functions.columns; done += kHashThreads) {
    const Products products =
        Multiply(batch, functions, first, done + threadIdx.x);
    for (unsigned v = 0; v < kHashVectors; ++v) {
      const unsigned mask = __ballot_sync(kFullWarp, products.of[v] > 0);
      if (threadIdx.x % kWarpThreads == 0) {
        signs[v][(done + threadIdx.x) / 32] = mask;
      }
    }
  }
  if (threadIdx.x < kHashVectors) {
    const unsigned written =
        (functions.columns + kHashThreads - 1) / kHashThreads * kHashThreads;
    signs[threadIdx.x][written / 32] = 0;
  }
  __syncthreads();
  const unsigned count = min(kHashVectors, batch.count - first);
  for (unsigned i = threadIdx.x; i < count * functions.num_tables;
       i += kHashThreads) {
    const unsigned v = i / functions.num_tables;
    const unsigned table = i % functions.num_tables;
    batch.codes[std::size_t{first} * functions.num_tables + i] = BitsAt(
        signs[v], table * functions.bits_per_table, functions.bits_per_table);
  }
}

// A column and its weighted product; the better has the larger, the lower
// column of equals.
struct BestColumn {
  float value;
  unsigned column;
};
__device__ inline BestColumn Better(BestColumn a, BestColumn b) {
  if (a.value != b.value) return a.value > b.value ? a : b;
  return a.column < b.column ? a : b;
}
__device__ inline BestColumn WarpBest(BestColumn best) {
  for (unsigned lanes = kWarpThreads / 2; lanes > 0; lanes /= 2) {
    const BestColumn other{__shfl_xor_sync(kFullWarp, best.value, lanes),
                           __shfl_xor_sync(kFullWarp, best.column, lanes)};
    best = Better(best, other);
  }
  return best;
}

// The one code of a vector: the column with the largest weighted product
// (LargestWeighted).  [count / kHashVectors] blocks; 5 KiB of shared memory;
// bound by int8 products.
__global__ void __launch_bounds__(kHashThreads)
    NearestAnchors(HashBatch batch, HashColumns functions) {
  constexpr unsigned kWarps = kHashThreads / kWarpThreads;
  GPU_SHARED(BestColumn, of_warps, [kHashVectors][kWarps]);
  const unsigned first = blockIdx.x * kHashVectors;
  BestColumn best[kHashVectors];
  for (unsigned v = 0; v < kHashVectors; ++v) {
    best[v] = {-INFINITY, functions.columns};
  }
  for (unsigned done = 0; done < functions.columns; done += kHashThreads) {
    const unsigned column = done + threadIdx.x;
    const Products products = Multiply(batch, functions, first, column);
    if (column >= functions.columns) continue;
    for (unsigned v = 0; v < kHashVectors; ++v) {
      const float value =
          static_cast<float>(products.of[v]) * functions.weights[column];
      best[v] = Better(best[v], {value, column});
    }
  }
  for (unsigned v = 0; v < kHashVectors; ++v) {
    const BestColumn of_warp = WarpBest(best[v]);
    if (threadIdx.x % kWarpThreads == 0) {
      of_warps[v][threadIdx.x / kWarpThreads] = of_warp;
    }
  }
  __syncthreads();
  const unsigned vector = first + threadIdx.x;
  if (threadIdx.x >= kHashVectors || vector >= batch.count) return;
  BestColumn of_all = of_warps[threadIdx.x][0];
  for (unsigned w = 1; w < kWarps; ++w) {
    of_all = Better(of_all, of_warps[threadIdx.x][w]);
  }
  batch.codes[vector] = static_cast<std::uint16_t>(of_all.column);
}

}  // namespace GPU_NAMESPACE

#endif  // MONGOOSE_CORE_CUDA_KERNELS_HASH_CODES_CUH_
