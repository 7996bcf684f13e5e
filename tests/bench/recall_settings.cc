#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/exact_peer.h"
#include "tests/bench/faiss_peers.h"
#include "tests/bench/hnsw_peer.h"
#include "tests/bench/ours.h"
#include "tests/bench/recall_sweep.h"

namespace mongoose::bench {
namespace {

// Numbers of candidates to re-rank: shares of the rows, but not so few that a
// small set cannot be searched well.
std::vector<std::size_t> Cuts(std::size_t num_rows,
                              std::span<const double> shares) {
  constexpr std::size_t kFewest = 64;
  std::vector<std::size_t> cuts;
  for (const double share : shares) {
    const auto cut =
        static_cast<std::size_t>(share * static_cast<double>(num_rows));
    if (cut >= kFewest) cuts.push_back(cut);
  }
  return cuts;
}

// Plans from cheap to thorough.
std::vector<QueryPlan> Plans(std::size_t num_rows, bool quick) {
  const auto shares = quick ? std::vector<double>{0.003, 0.02, 0.1}
                            : std::vector<double>{0.003, 0.01, 0.03};
  const auto probes =
      quick ? std::vector<std::size_t>{0, 4} : std::vector<std::size_t>{0, 2};
  std::vector<QueryPlan> plans;
  for (const std::size_t min_hits : {1U, 2U}) {
    for (const std::size_t num_probes : probes) {
      for (const std::size_t cut : Cuts(num_rows, shares)) {
        plans.push_back({.num_active = kTop,
                         .min_hits = min_hits,
                         .num_probes = num_probes,
                         .max_candidates = cut,
                         .use_hot_list = false});
      }
    }
  }
  return plans;
}

std::string NameOf(TableShape shape, const QueryPlan& plan) {
  return absl::StrCat("K=", shape.bits_per_table, " L=", shape.num_tables,
                      " min_hits=", plan.min_hits,
                      " num_probes=", plan.num_probes,
                      " max_candidates=", plan.max_candidates);
}

}  // namespace

void TryExact(const BenchSet& set, const PathContext& context,
              RecallSweep& sweep) {
  const auto exact = std::make_shared<ExactPeer>(set.rows, context.workers);
  sweep.Try({.method = "exact sgemm + top-k",
             .name = "all rows",
             .search = [exact](MatrixView<const float> queries,
                               std::span<RowId> found) {
               exact->Search(queries, found);
             }});
}

namespace {

std::shared_ptr<OurIndex> MakeIndex(const BenchSet& set, TableShape shape,
                                    const PathContext& context) {
  auto index = std::make_shared<OurIndex>(set.frozen, shape, context.workers);
  index->Build();
  return index;
}

SearchSetting OurSetting(const std::string& method, std::string name,
                         const std::shared_ptr<OurIndex>& index,
                         const QueryPlan& plan) {
  return {.method = method,
          .name = std::move(name),
          .bytes = index->bytes(),
          .search = [index, plan](MatrixView<const float> queries,
                                  std::span<RowId> found) {
            index->Search(queries, plan, found);
          }};
}

}  // namespace

void TryOurTables(const BenchSet& set, const PathContext& context,
                  std::span<const std::size_t> bits_per_table,
                  RecallSweep& sweep) {
  for (const std::size_t bits : bits_per_table) {
    const TableShape shape{.bits_per_table = bits, .num_tables = 50};
    const auto index = MakeIndex(set, shape, context);
    for (const QueryPlan& plan : Plans(set.rows.rows, context.options.quick)) {
      if (plan.num_probes > bits) continue;
      sweep.Try(OurSetting("ours: tables", NameOf(shape, plan), index, plan));
    }
  }
}

void TryOurSketch(const BenchSet& set, const PathContext& context,
                  RecallSweep& sweep) {
  constexpr std::array<double, 8> kShares = {0.001, 0.002, 0.0035, 0.005,
                                             0.01,  0.02,  0.05,   0.1};
  for (const std::size_t bits : {128U, 256U, 512U}) {
    if (context.options.quick && bits == 512) continue;
    const TableShape shape{
        .bits_per_table = 12, .num_tables = 50, .sketch_bits = bits};
    const auto index = MakeIndex(set, shape, context);
    for (const std::size_t cut : Cuts(set.rows.rows, kShares)) {
      const QueryPlan plan{.num_active = kTop,
                           .propose = ProposeFrom::kSketch,
                           .max_candidates = cut,
                           .use_hot_list = false};
      sweep.Try(OurSetting("ours: sketch",
                           absl::StrCat(bits, " bits max_candidates=", cut),
                           index, plan));
    }
  }
}

void TryOurPartition(const BenchSet& set, const PathContext& context,
                     RecallSweep& sweep) {
  for (const std::size_t more : {0U, 1U}) {
    if (context.options.quick && more > 0) continue;
    TableShape shape = DefaultShape(set.rows.rows);
    shape.bits_per_table += more;
    const auto index = MakeIndex(set, shape, context);
    for (const std::size_t cells : {4U, 8U, 12U, 16U, 24U, 32U, 64U, 128U}) {
      const QueryPlan plan{.num_active = kTop,
                           .min_hits = 1,
                           .num_probes = cells - 1,
                           .max_candidates = 64};
      sweep.Try(OurSetting("ours: partition",
                           absl::StrCat(1U << shape.bits_per_table,
                                        " cells num_probes=", cells - 1),
                           index, plan));
    }
  }
}

void TryOurDefault(const BenchSet& set, const PathContext& context,
                   RecallSweep& sweep) {
  const TableShape shape = DefaultShape(set.rows.rows);
  QueryPlan plan = DefaultQueryPlan(
      {.family = shape.family, .bits_per_table = shape.bits_per_table},
      set.rows.rows);
  plan.num_active = kTop;
  sweep.Try(OurSetting("ours: default", "the service's defaults",
                       MakeIndex(set, shape, context), plan));
}

namespace {

void TryIvf(const BenchSet& set, RecallSweep& sweep) {
  const auto ivf = std::make_shared<FaissIvf>(set.rows, /*can_update=*/false);
  for (const std::size_t probes : {1U, 2U, 4U, 8U, 16U, 32U, 64U, 128U}) {
    sweep.Try({.method = "FAISS IVFFlat",
               .name = absl::StrCat("nprobe=", probes),
               .search = [ivf, probes](MatrixView<const float> queries,
                                       std::span<RowId> found) {
                 ivf->Search(queries, probes, found);
               }});
  }
}

void TryHashes(const BenchSet& set, const PathContext& context,
               RecallSweep& sweep) {
  const std::size_t candidates = std::max(kTop, set.rows.rows / 100);
  for (const std::size_t bits : {64U, 128U, 256U}) {
    if (context.options.quick && bits != 128) continue;
    const auto lsh =
        std::make_shared<FaissLsh>(set.rows, bits, context.workers);
    sweep.Try({.method = "FAISS IndexLSH + re-rank",
               .name = absl::StrCat(bits, " bits; best 1 %"),
               .search = [lsh, candidates](MatrixView<const float> queries,
                                           std::span<RowId> found) {
                 lsh->Search(queries, candidates, found);
               }});
  }
  for (const std::size_t bits : {9U, 12U, 14U}) {
    if (context.options.quick && bits != 12) continue;
    const auto hash =
        std::make_shared<FaissMultiHash>(set.rows, bits, 50, context.workers);
    sweep.Try({.method = "FAISS BinaryMultiHash + re-rank",
               .name = absl::StrCat("nhash=50 b=", bits, "; best 1 %"),
               .search = [hash, candidates](MatrixView<const float> queries,
                                            std::span<RowId> found) {
                 hash->Search(queries, candidates, found);
               }});
  }
}

}  // namespace

void TryFaiss(const BenchSet& set, const PathContext& context,
              RecallSweep& sweep) {
  const auto flat = std::make_shared<FaissFlat>(set.rows);
  sweep.Try({.method = "FAISS FlatIP",
             .name = "all rows",
             .search = [flat](MatrixView<const float> queries,
                              std::span<RowId> found) {
               flat->Search(queries, found);
             }});
  TryIvf(set, sweep);
  TryHashes(set, context, sweep);
}

void TryHnsw(const BenchSet& set, const PathContext& context,
             RecallSweep& sweep) {
  const auto hnsw = std::make_shared<HnswPeer>(set.rows, context.workers);
  for (const std::size_t ef : {10U, 20U, 50U, 100U, 200U, 400U}) {
    sweep.Try({.method = "hnswlib",
               .name = absl::StrCat("M=32 efC=100 ef=", ef),
               .search = [hnsw, ef](MatrixView<const float> queries,
                                    std::span<RowId> found) {
                 hnsw->Search(queries, ef, found);
               }});
  }
}

}  // namespace mongoose::bench
