// Tables by a counting sort: those of core/table/segment_builder.h.
#ifndef MONGOOSE_CORE_CUDA_KERNELS_SORT_CODES_CUH_
#define MONGOOSE_CORE_CUDA_KERNELS_SORT_CODES_CUH_

#include "core/cuda/kernels/gpu.h"

namespace GPU_NAMESPACE {

inline constexpr unsigned kSortThreads = 256;
// Bits of a code sorted at a time.
inline constexpr unsigned kSortBits = 4;
inline constexpr unsigned kSortDigits = 1U << kSortBits;

// Device memory of one segment of all tables.
struct SortBatch {
  const std::uint16_t* codes;   // [rows, tables]
  std::uint32_t* keys;          // [2, tables, rows], code << 16 | row
  std::uint32_t* offsets;       // [tables, num_buckets + 1]
  std::uint16_t* rows_by_code;  // [tables, rows]
  unsigned rows;                // 1..65,536
  unsigned tables;
  unsigned num_buckets;  // 1..65,536
};

struct Sums {
  unsigned before;  // of the threads before
  unsigned all;
};

// Sums of one value a thread; all threads of the block.
__device__ inline Sums SumBlock(unsigned value) {
  constexpr unsigned kWarps = kSortThreads / kWarpThreads;
  GPU_SHARED(unsigned, of_warps, [kWarps]);
  const unsigned lane = threadIdx.x % kWarpThreads;
  const unsigned warp = threadIdx.x / kWarpThreads;
  unsigned sum = value;
  for (unsigned delta = 1; delta < kWarpThreads; delta *= 2) {
    const unsigned before = __shfl_up_sync(kFullWarp, sum, delta);
    if (lane >= delta) sum += before;
  }
  if (lane == kWarpThreads - 1) of_warps[warp] = sum;
  __syncthreads();
  Sums sums{sum - value, 0};
  for (unsigned w = 0; w < kWarps; ++w) {
    if (w < warp) sums.before += of_warps[w];
    sums.all += of_warps[w];
  }
  __syncthreads();  // before of_warps is written again
  return sums;
}

// The keys of one table, and those [first, last) of this thread.
struct OwnKeys {
  std::uint32_t* keys;
  unsigned first;
  unsigned last;
};

// Sorts the keys of a block by kSortBits bits from `shift` on into `to`, equal
// ones in order: a thread takes consecutive keys, and starts rise by digit,
// then by thread.
__device__ inline void SortByDigit(const OwnKeys& from, unsigned shift,
                                   std::uint32_t* to) {
  GPU_SHARED(unsigned, starts, [kSortDigits][kSortThreads]);
  const unsigned self = threadIdx.x;
  for (unsigned d = 0; d < kSortDigits; ++d) starts[d][self] = 0;
  for (unsigned i = from.first; i < from.last; ++i) {
    ++starts[from.keys[i] >> shift & (kSortDigits - 1)][self];
  }
  unsigned lower = 0;  // keys of lower digits
  for (unsigned d = 0; d < kSortDigits; ++d) {
    const Sums sums = SumBlock(starts[d][self]);
    starts[d][self] = lower + sums.before;
    lower += sums.all;
  }
  for (unsigned i = from.first; i < from.last; ++i) {
    const std::uint32_t key = from.keys[i];
    to[starts[key >> shift & (kSortDigits - 1)][self]++] = key;
  }
  __syncthreads();
}

// Where each code begins among sorted keys, and the rows without their codes.
__device__ inline void WriteTable(const SortBatch& batch, unsigned table,
                                  const OwnKeys& sorted) {
  std::uint32_t* const offsets =
      batch.offsets + std::size_t{table} * (batch.num_buckets + 1);
  std::uint16_t* const rows =
      batch.rows_by_code + std::size_t{table} * batch.rows;
  for (unsigned i = sorted.first; i < sorted.last; ++i) {
    const unsigned code = sorted.keys[i] >> 16;
    unsigned unwritten = i == 0 ? 0 : (sorted.keys[i - 1] >> 16) + 1;
    for (; unwritten <= code; ++unwritten) offsets[unwritten] = i;
    rows[i] = static_cast<std::uint16_t>(sorted.keys[i]);
    if (i + 1 < batch.rows) continue;
    for (; unwritten <= batch.num_buckets; ++unwritten) {
      offsets[unwritten] = batch.rows;
    }
  }
}

// A table a block: lowest digits first.  16 KiB of shared memory; bound by the
// latency of scattered writes, which many tables at once hide.
__global__ void __launch_bounds__(kSortThreads) SortCodes(SortBatch batch) {
  const unsigned table = blockIdx.x;
  const unsigned each = (batch.rows + kSortThreads - 1) / kSortThreads;
  const unsigned first = min(threadIdx.x * each, batch.rows);
  OwnKeys from{batch.keys + std::size_t{table} * batch.rows, first,
               min(first + each, batch.rows)};
  std::uint32_t* to = from.keys + std::size_t{batch.tables} * batch.rows;
  for (unsigned row = from.first; row < from.last; ++row) {
    const std::uint32_t code =
        batch.codes[std::size_t{row} * batch.tables + table];
    from.keys[row] = code << 16 | row;
  }
  for (unsigned bits = batch.num_buckets - 1, shift = 16; bits > 0;
       bits >>= kSortBits, shift += kSortBits) {
    SortByDigit(from, shift, to);
    std::uint32_t* const sorted = to;
    to = from.keys;
    from.keys = sorted;
  }
  // A thread's first key is compared with the last one of the thread before:
  // with one bucket nothing has been sorted.
  __syncthreads();
  WriteTable(batch, table, from);
}

}  // namespace GPU_NAMESPACE

#endif  // MONGOOSE_CORE_CUDA_KERNELS_SORT_CODES_CUH_
