// Updates, drift, rebuilds, snapshots and the wire: one case a hot path.
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/backend/cpu_backend.h"
#include "core/base/clock.h"
#include "core/base/counter_rng.h"
#include "core/base/worker_pool.h"
#include "core/index/neuron_index.h"
#include "core/index/replica.h"
#include "core/index/snapshot_cell.h"
#include "core/schedule/drift_tracker.h"
#include "server/wire_codec.h"
#include "tests/support/index_fixture.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::Matrix;

constexpr std::size_t kRows = 100000;
constexpr std::size_t kCols = 128;
constexpr std::size_t kTables = 50;
constexpr std::size_t kBatch = 128;

void CountItems(benchmark::State& state, std::size_t per_iteration) {
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(per_iteration));
}

// Deltas to range(0) rows in one chunk, of tables or, if range(1), of a
// partition; if range(2), while somebody reads the rows.
void BM_ReplicaApply(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const bool partition = state.range(1) != 0;
  const bool is_read = state.range(2) != 0;
  Replica replica(
      {.num_rows = kRows, .cols = kCols},
      partition ? StalenessModel::OfValues() : StalenessModel::OfCodes(9), 0.1F,
      partition ? 0.3F : 0.0F);
  test_support::Writer writer(replica);
  writer.SetAll(test_support::GaussianMatrix(kRows, kCols, 1)).value();
  CounterRng rng(5, 0);
  const auto ids = test_support::RandomIds(kRows, count, rng);
  const Matrix deltas(count, kCols, 1e-4F);
  for (auto _ : state) {
    auto frozen = replica.Freeze();
    if (!is_read) frozen = {};
    benchmark::DoNotOptimize(writer.Add(ids, deltas));
  }
  CountItems(state, count);
}
BENCHMARK(BM_ReplicaApply)
    ->ArgNames({"rows", "partition", "read"})
    ->ArgsProduct({{128, 4096}, {0, 1}, {0, 1}})
    ->Unit(benchmark::kMicrosecond);

void BM_DriftObserve(benchmark::State& state) {
  DriftTracker drift(kRows, StalenessModel::OfCodes(9), 0.1F);
  CounterRng rng(6, 0);
  std::vector<RowMove> moves;
  for (const RowId row : test_support::RandomIds(kRows, 4096, rng)) {
    moves.push_back({.row = row, .angle = 1e-4F, .norm = 1.0F});
  }
  for (auto _ : state) drift.Observe(moves);
  CountItems(state, moves.size());
}
BENCHMARK(BM_DriftObserve)->Unit(benchmark::kMicrosecond);

IndexSpec SpecOfIndex() {
  IndexSpec spec;
  spec.name = "layer";
  spec.num_rows = kRows;
  spec.dim = kCols;
  spec.hash = {.cols = kCols,
               .bits_per_table = 9,
               .num_tables = kTables,
               .seed = 1,
               .profile = NumericProfile::kInt8};
  spec.rehash_policy = EveryNSpec{.steps = 1};
  return spec;
}

// A step of one changed row, which makes the policy rebuild the whole index.
void BM_Rebuild(benchmark::State& state) {
  WorkerPool workers(0);
  const SteadyClock clock;
  const CpuBackend backend(workers, clock);
  const auto index =
      NeuronIndex::Create(
          SpecOfIndex(),
          {.backend = backend, .rehash_backend = backend, .clock = clock})
          .value();
  test_support::Writer writer(*index);
  writer.SetAll(test_support::GaussianMatrix(kRows, kCols, 1)).value();
  index->WaitUntilIdleForTest();
  const std::vector<RowId> ids = {7};
  const Matrix deltas(1, kCols, 0.1F);
  for (auto _ : state) {
    writer.Add(ids, deltas).value();
    index->WaitUntilIdleForTest();
  }
  CountItems(state, kRows);
}
BENCHMARK(BM_Rebuild)->Unit(benchmark::kMillisecond)->UseRealTime();

// Reads while range(0) threads publish as fast as they can.
void BM_SnapshotReadUnderWriters(benchmark::State& state) {
  SnapshotCell<IndexSnapshot> cell;
  cell.Publish(std::make_shared<const IndexSnapshot>());
  std::atomic<bool> stop{false};
  std::vector<std::jthread> writers;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    writers.emplace_back([&] {
      while (!stop) cell.Publish(std::make_shared<const IndexSnapshot>());
    });
  }
  for (auto _ : state) benchmark::DoNotOptimize(cell.Acquire());
  stop = true;
  CountItems(state, 1);
}
BENCHMARK(BM_SnapshotReadUnderWriters)->Arg(0)->Arg(1)->UseRealTime();

void BM_DecodeMatrix(benchmark::State& state) {
  const Matrix matrix = test_support::GaussianMatrix(kBatch, kCols, 1);
  const v1::Matrix message = server::EncodeMatrix(matrix.view());
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        server::DecodeMatrix(message, "queries", /*append_one=*/false));
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(message.values().size()));
}
BENCHMARK(BM_DecodeMatrix)->Unit(benchmark::kMicrosecond);

void BM_EncodeMatrix(benchmark::State& state) {
  const Matrix matrix = test_support::GaussianMatrix(kBatch, kCols, 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(server::EncodeMatrix(matrix.view()));
  }
  state.SetBytesProcessed(
      state.iterations() *
      static_cast<std::int64_t>(matrix.values.size() * sizeof(float)));
}
BENCHMARK(BM_EncodeMatrix)->Unit(benchmark::kMicrosecond);

void BM_EncodeIds(benchmark::State& state) {
  const std::vector<RowId> ids = test_support::AllIds(kBatch * 32);
  for (auto _ : state) benchmark::DoNotOptimize(server::EncodeBytes(ids));
  CountItems(state, ids.size());
}
BENCHMARK(BM_EncodeIds)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mongoose
