// The default family: learning a partition, filling and searching its cells.
#include <memory>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/backend/cpu_backend.h"
#include "core/base/cancel_token.h"
#include "core/base/clock.h"
#include "core/base/worker_pool.h"
#include "core/hash/hash_spec.h"
#include "core/index/snapshot_builder.h"
#include "core/learn/cell_means.h"
#include "core/learn/partition_learner.h"
#include "core/query/cell_scan.h"
#include "core/query/neuron_query.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::Matrix;

constexpr std::size_t kRows = 100000;
constexpr std::size_t kCols = 128;
constexpr std::size_t kBatch = 128;

// Rows, queries and a snapshot of the rows by the defaults for so many.
class Layer {
 public:
  Layer()
      : spec_{.family = HashFamily::kPartition,
              .cols = kCols,
              .bits_per_table = DefaultPartitionBits(kRows),
              .num_tables = 1,
              .seed = 1},
        queries_(test_support::GaussianMatrix(kBatch, kCols, 2)),
        rows_(test_support::FreezeMatrix(
            test_support::GaussianMatrix(kRows, kCols, 1))),
        partition_(Learn(nullptr)),
        snapshot_(Build()) {
    snapshot_.version = 1;
    snapshot_.hot_list = std::make_shared<const std::vector<RowId>>();
  }

  std::shared_ptr<const PartitionProjection> Learn(
      const PartitionProjection* start) const {
    return LearnPartition(spec_, *rows_, start, backend_).value();
  }
  IndexSnapshot Build() const {
    return SnapshotBuilder(backend_).Build(partition_, *rows_, {}).value();
  }
  QueryPlan plan() const { return DefaultQueryPlan(spec_, kRows); }
  MatrixView<const float> queries() const { return queries_.view(); }
  const FrozenRows& rows() const { return *rows_; }
  const PartitionProjection& partition() const { return *partition_; }
  const IndexSnapshot& snapshot() const { return snapshot_; }
  absl::StatusOr<ActiveSets> Answer(const Backend& backend,
                                    WorkspacePool& workspaces) const {
    const NeverCancelled never;
    return backend.QueryNeurons(snapshot_, *rows_,
                                {.queries = queries(), .plan = plan()},
                                workspaces, never);
  }

 private:
  HashSpec spec_;
  mutable WorkerPool workers_{0};
  SteadyClock clock_;
  CpuBackend backend_{workers_, clock_};
  Matrix queries_;
  std::shared_ptr<const FrozenRows> rows_;
  std::shared_ptr<const PartitionProjection> partition_;
  IndexSnapshot snapshot_;
};

const Layer& TheLayer() {
  static const Layer layer;
  return layer;
}

void BM_LearnPartition(benchmark::State& state) {
  const Layer& layer = TheLayer();
  for (auto _ : state) {
    benchmark::DoNotOptimize(layer.Learn(&layer.partition()));
  }
}
BENCHMARK(BM_LearnPartition)->Unit(benchmark::kMillisecond);

void BM_BuildCells(benchmark::State& state) {
  const Layer& layer = TheLayer();
  for (auto _ : state) benchmark::DoNotOptimize(layer.Build());
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(BM_BuildCells)->Unit(benchmark::kMillisecond);

// A step's rows: new values in their cells, whose sums and means follow.
void BM_SetRowsOfCells(benchmark::State& state) {
  constexpr std::size_t kChanged = 4096;
  const Layer& layer = TheLayer();
  const CodeMatrix& codes = *layer.snapshot().codes;
  CellRows cells = *layer.snapshot().cells;
  std::vector<float> values(layer.rows().layout().cols);
  for (auto _ : state) {
    for (std::size_t i = 0; i < kChanged; ++i) {
      const auto row = static_cast<RowId>(i * (kRows / kChanged));
      layer.rows().CopyRow(row, values);
      cells.Set(row, codes.row(row)[0], codes.row(row)[0], values);
    }
    benchmark::DoNotOptimize(MeansOf(cells.sums()));
  }
  state.SetItemsProcessed(state.iterations() * kChanged);
}
BENCHMARK(BM_SetRowsOfCells)->Unit(benchmark::kMillisecond);

void BM_NearestCells(benchmark::State& state) {
  const Layer& layer = TheLayer();
  const std::size_t count = 1 + layer.plan().num_probes;
  std::vector<Code> cells(kBatch * count);
  for (auto _ : state) {
    layer.partition().NearestCells(layer.queries(), count, cells);
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(BM_NearestCells)->Unit(benchmark::kMicrosecond);

// Items are rows scored.
void BM_CellScan(benchmark::State& state) {
  const Layer& layer = TheLayer();
  const QueryPlan plan = layer.plan();
  std::size_t scored = 0;
  for (auto _ : state) {
    const CellScan scan(layer.partition(), *layer.snapshot().cells,
                        layer.queries(), 1 + plan.num_probes,
                        plan.max_candidates);
    for (std::size_t q = 0; q < kBatch; ++q) scored += scan.num_scored(q);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(scored));
}
BENCHMARK(BM_CellScan)->Unit(benchmark::kMillisecond);

// On range(0) threads.
void BM_WholeDefaultQuery(benchmark::State& state) {
  const Layer& layer = TheLayer();
  WorkerPool workers(static_cast<int>(state.range(0)) - 1);
  const SteadyClock clock;
  const CpuBackend backend(workers, clock);
  WorkspacePool workspaces(kRows);
  for (auto _ : state) {
    benchmark::DoNotOptimize(layer.Answer(backend, workspaces));
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(BM_WholeDefaultQuery)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mongoose
