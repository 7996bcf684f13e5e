// Attention buckets of 16 x 4 heads of 1,024 positions of 64 values, against
// the time to read those values once.
#include <cstddef>

#include <benchmark/benchmark.h>

#include "core/attention/bucket_assignment.h"
#include "core/base/cancel_token.h"
#include "core/base/worker_pool.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

constexpr std::size_t kHeads = 64;
constexpr std::size_t kSeq = 1024;
constexpr std::size_t kDim = 64;

const test_support::Matrix& Vectors() {
  static const auto vectors =
      test_support::GaussianMatrix(kHeads * kSeq, kDim, 1);
  return vectors;
}

void SetBytes(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<std::int64_t>(
      state.iterations() * Vectors().values.size() * sizeof(float)));
}

// One thread; eight sums, so that memory is what it waits for.
void BM_ReadOnce(benchmark::State& state) {
  for (auto _ : state) {
    float sums[8] = {};
    const auto& values = Vectors().values;
    for (std::size_t i = 0; i < values.size(); i += 8) {
      for (std::size_t k = 0; k < 8; ++k) sums[k] += values[i + k];
    }
    benchmark::DoNotOptimize(sums);
  }
  SetBytes(state);
}
BENCHMARK(BM_ReadOnce)->Unit(benchmark::kMillisecond)->UseRealTime();

// Arguments: rounds, threads.
void BM_AssignBuckets(benchmark::State& state) {
  const auto rotations =
      Rotations::Draw({.dim = kDim,
                       .num_rounds = static_cast<std::size_t>(state.range(0)),
                       .max_buckets = 512},
                      1);
  WorkerPool workers(static_cast<int>(state.range(1)) - 1);
  const NeverCancelled never;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        AssignBuckets(*rotations,
                      {.vectors = Vectors().view(),
                       .heads = kHeads,
                       .seq = kSeq,
                       .num_buckets = NumBuckets(kSeq, 64, 512)},
                      workers, never)
            .value());
  }
  SetBytes(state);
}
BENCHMARK(BM_AssignBuckets)
    ->ArgsProduct({{1, 4, 8}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace mongoose
