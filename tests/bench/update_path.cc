#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/classic_lsh.h"
#include "tests/bench/faiss_peers.h"
#include "tests/bench/hnsw_peer.h"
#include "tests/bench/measured_paths.h"
#include "tests/bench/ours.h"
#include "tests/bench/sgemm_hash.h"

namespace mongoose::bench {
namespace {

constexpr std::size_t kTables = 50;
constexpr std::size_t kHnswRows = 32500;  // its build is slow
constexpr std::size_t kHnswUpdates = 100;

// Ours: from the old rows to the new ones and back, time after time.
class OurUpdate {
 public:
  OurUpdate(const BenchSet& set, const RowChange& change, TableShape shape,
            WorkerPool& workers)
      : set_(set), change_(change), index_(set.frozen, shape, workers) {
    index_.Build();
  }
  void Run() {
    changed_ = !changed_;
    index_.RehashRows(changed_ ? change_.frozen_after : set_.frozen,
                      change_.ids);
  }
  std::size_t bytes() const { return index_.bytes(); }

 private:
  const BenchSet& set_;
  const RowChange& change_;
  OurIndex index_;
  bool changed_ = false;
};

// The classic layout likewise; it keeps its codes.
class ClassicUpdate {
 public:
  ClassicUpdate(const BenchSet& set, const RowChange& change, TableShape shape,
                WorkerPool& workers)
      : change_(change),
        workers_(workers),
        hash_(set.rows.cols, shape.bits_per_table, shape.num_tables,
              /*seed=*/1),
        classic_(shape.bits_per_table, shape.num_tables),
        old_codes_(change.ids.size() * shape.num_tables),
        new_codes_(old_codes_.size()) {
    std::vector<Code> codes(set.rows.rows * shape.num_tables);
    hash_.Hash(set.rows.view(), codes, workers);
    classic_.InsertAll(codes, workers);
    hash_.Hash(change.before.view(), old_codes_, workers);
  }
  void Run() {
    changed_ = !changed_;
    const auto& values = changed_ ? change_.after : change_.before;
    hash_.Hash(values.view(), new_codes_, workers_);
    classic_.Replace(change_.ids, old_codes_, new_codes_, workers_);
    std::swap(old_codes_, new_codes_);
  }

 private:
  const RowChange& change_;
  WorkerPool& workers_;
  SgemmHash hash_;
  ClassicLsh classic_;
  std::vector<Code> old_codes_;
  std::vector<Code> new_codes_;
  bool changed_ = false;
};

PathResult UpdateResultOf(const BenchSet& set, TableShape shape,
                          const std::string& peer, double target) {
  return {.path = 4,
          .work = "1 % of rows changed",
          .set = set.name,
          .bits_per_table = shape.bits_per_table,
          .num_tables = shape.num_tables,
          .peer = peer,
          .target = target};
}

void AgainstClassic(const BenchSet& set, const RowChange& change,
                    std::size_t bits, const PathContext& context) {
  const TableShape shape{.bits_per_table = bits, .num_tables = kTables};
  OurUpdate ours(set, change, shape, context.workers);
  ClassicUpdate classic(set, change, shape, context.workers);
  PathResult result =
      UpdateResultOf(set, shape, "sgemm + signs + classic remove + insert", 10);
  result.costs = MeasurePairs([&] { classic.Run(); }, [&] { ours.Run(); },
                              context.options.repetitions);
  context.results.Add(result);
}

void AgainstIvf(const BenchSet& set, const RowChange& change,
                const PathContext& context) {
  const TableShape shape = DefaultShape(set.rows.rows);
  OurUpdate ours(set, change, shape, context.workers);
  FaissIvf ivf(set.rows, /*can_update=*/true);
  bool changed = false;
  const auto peer = [&] {
    changed = !changed;
    ivf.Update(change.ids, (changed ? change.after : change.before).view());
  };
  PathResult result =
      UpdateResultOf(set, shape, "FAISS IVFFlat update_vectors", 1);
  result.costs = MeasurePairs(
      peer, [&] { ours.Run(); }, context.options.repetitions);
  context.results.Add(result);
}

// Scales the cost of the peer and both ratios.
void ScalePeer(PairedCosts& costs, double factor) {
  for (double* value :
       {&costs.peer.cpu_ms, &costs.peer.wall_ms, &costs.cpu.median,
        &costs.cpu.low, &costs.cpu.high, &costs.wall.median, &costs.wall.low,
        &costs.wall.high}) {
    *value *= factor;
  }
}

void AgainstHnsw(const BenchSet& set, const RowChange& change,
                 const PathContext& context) {
  const TableShape shape = DefaultShape(set.rows.rows);
  OurUpdate ours(set, change, shape, context.workers);
  const std::size_t limit = context.options.quick ? 5000 : kHnswRows;
  const std::size_t graph_rows = std::min(limit, set.rows.rows);
  const BenchSet part = FirstRows(set, "part", graph_rows);
  const RowChange small = ChangeRows(part, /*seed=*/6);
  const std::size_t updates = std::min(kHnswUpdates, small.ids.size());
  const auto ids = std::span(small.ids).first(updates);
  HnswPeer hnsw(part.rows, context.workers);
  bool changed = false;
  const auto peer = [&] {
    changed = !changed;
    const Matrix& values = changed ? small.after : small.before;
    hnsw.Update(ids, values.view().Rows(0, updates));
  };
  PathResult result = UpdateResultOf(set, shape, "hnswlib updatePoint", 500);
  result.costs = MeasurePairs(
      peer, [&] { ours.Run(); }, context.options.repetitions);
  ScalePeer(result.costs, static_cast<double>(change.ids.size()) /
                              static_cast<double>(updates));
  result.note = absl::StrCat("peer: ", updates, " rows of a graph of ",
                             graph_rows, "; extrapolated to ",
                             change.ids.size(), " rows; on one thread");
  context.results.Add(result);
}

// An index whose rows have changed a million times against a new one.
void AgainstItself(const BenchSet& set, const RowChange& change,
                   TableShape shape, const PathContext& context) {
  const std::size_t updates = context.options.quick ? 20'000 : 1'000'000;
  OurUpdate fresh(set, change, shape, context.workers);
  OurUpdate old(set, change, shape, context.workers);
  const std::size_t before = old.bytes();
  for (std::size_t done = 0; done < updates; done += change.ids.size()) {
    old.Run();
  }
  PathResult result =
      UpdateResultOf(set, shape, "the same on a new index", 0.9);
  result.costs = MeasurePairs([&] { fresh.Run(); }, [&] { old.Run(); },
                              context.options.repetitions);
  result.note =
      absl::StrCat("ours after ", updates, " row updates: ", old.bytes(),
                   " bytes; ", before, " before");
  context.results.Add(result);
}

}  // namespace

void MeasureUpdates(const BenchSet& set, const PathContext& context) {
  const RowChange change = ChangeRows(set, /*seed=*/5);
  for (const std::size_t bits : context.options.bits_per_table()) {
    context.results.Say(absl::StrCat("path 4: ", set.name, " K=", bits));
    AgainstClassic(set, change, bits, context);
  }
  context.results.Say(absl::StrCat("path 4: ", set.name, " in the long run"));
  AgainstItself(set, change, {.bits_per_table = 12, .num_tables = kTables},
                context);
  AgainstItself(set, change, DefaultShape(set.rows.rows), context);
  context.results.Say(absl::StrCat("path 4: ", set.name, " against IVF"));
  AgainstIvf(set, change, context);
  if (set.name == "b") return;  // the graph's rows would be those of set a
  context.results.Say(absl::StrCat("path 4: ", set.name, " against hnswlib"));
  AgainstHnsw(set, change, context);
}

}  // namespace mongoose::bench
