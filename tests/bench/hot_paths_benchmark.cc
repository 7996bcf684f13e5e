// Hashing, tables and queries: one case a hot path, to see what a change does
// to it.  Run it on a quiet machine, with --benchmark_repetitions, before and
// after.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/base/cancel_token.h"
#include "core/base/clock.h"
#include "core/base/counter_rng.h"
#include "core/base/worker_pool.h"
#include "core/hash/vector_hasher.h"
#include "core/query/candidate_counter.h"
#include "core/query/neuron_query.h"
#include "core/query/score_kernels.h"
#include "core/table/table_builder.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::Matrix;

constexpr std::size_t kRows = 100000;
constexpr std::size_t kCols = 128;
constexpr std::size_t kTables = 50;
constexpr std::size_t kBatch = 128;

// Rows, queries and a snapshot of the rows.
struct Layer {
  explicit Layer(std::size_t bits_per_table)
      : rows(test_support::GaussianMatrix(kRows, kCols, 1)),
        queries(test_support::GaussianMatrix(kBatch, kCols, 2)),
        frozen(test_support::FreezeMatrix(rows)),
        ids(test_support::AllIds(kRows)) {
    const HashSpec spec{.cols = kCols,
                        .bits_per_table = bits_per_table,
                        .num_tables = kTables,
                        .seed = 1,
                        .profile = NumericProfile::kInt8};
    snapshot.version = 1;
    snapshot.projection = CreateProjection(spec).value();
    CodeMatrix codes(kRows, kTables);
    HashRows(*snapshot.projection, *frozen, ids, 0, codes);
    snapshot.tables = std::make_shared<const Tables>(
        BuildTables(codes, spec.num_buckets(), workers));
    snapshot.codes = std::make_shared<const CodeMatrix>(std::move(codes));
    snapshot.hot_list = std::make_shared<const std::vector<RowId>>();
  }

  CodeMatrix QueryCodes() const {
    CodeMatrix codes(kBatch, kTables);
    HashQueries(*snapshot.projection, queries.view(), codes, {});
    return codes;
  }

  WorkerPool workers{0};
  Matrix rows;
  Matrix queries;
  std::shared_ptr<const FrozenRows> frozen;
  std::vector<RowId> ids;
  IndexSnapshot snapshot;
};

// One layer at a time: cases of equal bits share it.
Layer& LayerOf(const benchmark::State& state) {
  static std::int64_t bits = 0;
  static std::unique_ptr<Layer> layer;
  if (bits != state.range(0)) {
    bits = state.range(0);
    layer.reset();
    layer = std::make_unique<Layer>(static_cast<std::size_t>(bits));
  }
  return *layer;
}

void CountItems(benchmark::State& state, std::size_t per_iteration) {
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(per_iteration));
}

void BM_HashRows(benchmark::State& state) {
  Layer& layer = LayerOf(state);
  CodeMatrix codes(kRows, kTables);
  for (auto _ : state) {
    HashRows(*layer.snapshot.projection, *layer.frozen, layer.ids, 0, codes);
  }
  CountItems(state, kRows);
}
BENCHMARK(BM_HashRows)->Arg(9)->Arg(12)->Unit(benchmark::kMillisecond);

void BM_HashQueries(benchmark::State& state) {
  Layer& layer = LayerOf(state);
  CodeMatrix codes(kBatch, kTables);
  for (auto _ : state) {
    HashQueries(*layer.snapshot.projection, layer.queries.view(), codes, {});
  }
  CountItems(state, kBatch);
}
BENCHMARK(BM_HashQueries)->Arg(9)->Arg(12)->Unit(benchmark::kMicrosecond);

void BM_BuildTables(benchmark::State& state) {
  Layer& layer = LayerOf(state);
  const std::size_t buckets = layer.snapshot.projection->spec().num_buckets();
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        BuildTables(*layer.snapshot.codes, buckets, layer.workers));
  }
  CountItems(state, kRows * kTables);
}
BENCHMARK(BM_BuildTables)->Arg(9)->Arg(12)->Unit(benchmark::kMillisecond);

// 1 % of the rows with about a quarter of their codes changed.
void BM_UpdateTables(benchmark::State& state) {
  Layer& layer = LayerOf(state);
  CounterRng rng(3, 0);
  auto rows = test_support::RandomIds(kRows, kRows / 100, rng);
  std::ranges::sort(rows);
  CodeMatrix codes = *layer.snapshot.codes;
  const auto buckets = static_cast<std::uint32_t>(
      layer.snapshot.projection->spec().num_buckets());
  for (const RowId row : rows) {
    for (Code& code : codes.mutable_row(row)) {
      if (rng.NextBelow(4) == 0) {
        code = static_cast<Code>(rng.NextBelow(buckets));
      }
    }
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(UpdateTables(*layer.snapshot.tables,
                                          *layer.snapshot.codes, codes, rows,
                                          layer.workers));
  }
  CountItems(state, rows.size());
}
BENCHMARK(BM_UpdateTables)->Arg(9)->Arg(12)->Unit(benchmark::kMillisecond);

void BM_Propose(benchmark::State& state) {
  Layer& layer = LayerOf(state);
  const CodeMatrix codes = layer.QueryCodes();
  CandidateCounter counter(kRows);
  std::size_t found = 0;
  std::size_t query = 0;
  for (auto _ : state) {
    counter.Count(*layer.snapshot.tables, codes.row(query++ % kBatch), {}, 1);
    found += counter.rows().size();
    counter.Reset();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(found));
}
BENCHMARK(BM_Propose)->Arg(9)->Arg(12)->Unit(benchmark::kMicrosecond);

void BM_Union(benchmark::State& state) {
  Layer& layer = LayerOf(state);
  WorkspacePool workspaces(kRows);
  const SteadyClock clock;
  const NeverCancelled never;
  const NeuronQuery query{.queries = layer.queries.view(),
                          .plan = {.use_hot_list = false}};
  const auto sets = RunNeuronQuery(layer.snapshot, *layer.frozen, query,
                                   {layer.workers, workspaces, clock, never});
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        UniteActiveSets(*sets, query, kRows, /*want_positions=*/true));
  }
  CountItems(state, sets->ids.size());
}
BENCHMARK(BM_Union)->Arg(9)->Unit(benchmark::kMicrosecond);

// `count` random rows, as candidates stand in memory.
std::vector<RowId> Candidates(std::size_t count) {
  CounterRng rng(4, 0);
  return test_support::RandomIds(kRows, count, rng);
}

void BM_HammingCut(benchmark::State& state) {
  Layer& layer = LayerOf(state);
  const CodeMatrix codes = layer.QueryCodes();
  const std::vector<RowId> candidates = Candidates(8192);
  std::vector<std::uint16_t> distances(candidates.size());
  for (auto _ : state) {
    HammingDistances(*layer.snapshot.codes, codes.row(0).data(), candidates,
                     distances);
  }
  CountItems(state, candidates.size());
}
BENCHMARK(BM_HammingCut)->Arg(9)->Arg(12)->Unit(benchmark::kMicrosecond);

void BM_Rerank(benchmark::State& state) {
  Layer& layer = LayerOf(state);
  const std::vector<RowId> candidates = Candidates(1024);
  std::vector<float> scores(candidates.size());
  for (auto _ : state) {
    ScoreRows(*layer.frozen, layer.queries.row(0), candidates, scores);
  }
  CountItems(state, candidates.size());
}
BENCHMARK(BM_Rerank)->Arg(9)->Unit(benchmark::kMicrosecond);

void BM_WholeQuery(benchmark::State& state) {
  Layer& layer = LayerOf(state);
  WorkspacePool workspaces(kRows);
  const SteadyClock clock;
  const NeverCancelled never;
  const NeuronQuery query{.queries = layer.queries.view(),
                          .plan = {.use_hot_list = false}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        RunNeuronQuery(layer.snapshot, *layer.frozen, query,
                       {layer.workers, workspaces, clock, never}));
  }
  CountItems(state, kBatch);
}
BENCHMARK(BM_WholeQuery)->Arg(9)->Arg(12)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mongoose
