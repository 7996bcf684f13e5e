// Recall at equal rows read: what learning adds to a partition.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <faiss/IndexFlat.h>
#include <faiss/IndexIVFFlat.h>

#include "absl/strings/str_format.h"
#include "core/backend/cpu_backend.h"
#include "core/base/clock.h"
#include "core/base/worker_pool.h"
#include "core/hash/vector_hasher.h"
#include "core/index/cells_judge.h"
#include "core/learn/cell_layout.h"
#include "core/learn/hash_gate.h"
#include "core/learn/hot_list_size.h"
#include "core/learn/partition_learner.h"
#include "core/learn/router_trainer.h"
#include "core/oracle/exact_search.h"
#include "tests/bench/bench_sets.h"
#include "tests/eval/index_arm.h"
#include "tests/eval/simhash_arm.h"
#include "tests/support/partition.h"

namespace mongoose::eval {
namespace {

using bench::BenchSet;

// Recall is of so many nearest rows.
constexpr std::size_t kFew = 10;
constexpr std::size_t kMany = 100;
constexpr SimHashShape kSimHashShapes[] = {{8, 64, false}, {8, 64, true}};

// One set, its queries divided, and the arms compared on it.
class Retrieval {
 public:
  // Learns from the `wanted` nearest rows of queries, as an index does whose
  // default plan has so many active rows.
  Retrieval(const BenchSet& set, std::span<const double> shares,
            std::size_t wanted, std::uint64_t seed, std::ostream& csv)
      : set_(set),
        shares_(shares),
        wanted_(wanted),
        seed_(seed),
        csv_(csv),
        training_(set.rows.cols, set.queries.rows, wanted),
        held_back_(set.rows.cols, set.queries.rows, kFew),
        held_back_more_(set.rows.cols, set.queries.rows, kMany) {
    const auto truth = ExactTopRows(*set.frozen, set.queries.view(), kMany);
    for (std::size_t q = 0; q < set.queries.rows; ++q) {
      const auto nearest = std::span(truth).subspan(q * kMany, kMany);
      const bool is_held_back = q % 4 == seed % 4;
      if (!is_held_back) {
        training_.Add(set.queries.row(q), nearest);
        continue;
      }
      held_back_.Add(set.queries.row(q), nearest);
      held_back_more_.Add(set.queries.row(q), nearest);
    }
    hubs_ = HubsOf(training_, set.rows.rows);
  }

  void Run() {
    const std::size_t num_rows = set_.rows.rows;
    const HashSpec spec = [&] {
      HashSpec out = test_support::PartitionSpec(
          set_.rows.cols, DefaultPartitionBits(num_rows));
      out.seed = seed_;
      return out;
    }();
    const auto anchors =
        LearnPartition(spec, *set_.frozen, nullptr, backend_).value();
    const CodeMatrix codes = HashAll(*anchors);
    const CellLayout cells(codes, spec.num_buckets());
    const auto hot = MostWanted(training_, num_rows / kRowsPerHotRow);
    const CellLayout hot_cells = cells.WithHotList(hot);
    Score("anchors", *anchors, cells);
    Score("anchors + hot list", *anchors, hot_cells);
    Score("router", *Learn(*anchors, cells), cells);
    Score("router + hot list", *Learn(*anchors, hot_cells), hot_cells);
    ScoreLearned(*anchors, cells);
    ScoreIndex();
    ScoreList();
    ScoreIvf(spec.num_buckets());
    for (const SimHashShape& shape : kSimHashShapes) ScoreSimHash(shape);
  }

 private:
  GateCase CaseOf(double share, const QueryTruths& held_back) const {
    return {.held_back = held_back,
            .hubs = hubs_,
            .rows = share * static_cast<double>(set_.rows.rows)};
  }
  void Write(const std::string& arm, double share, const GateRecall& recall,
             double recall_of_more) {
    csv_ << absl::StrFormat("%s,%d,%s,%.4f,%.4f,%.4f,%.4f\n", set_.name, seed_,
                            arm, 100 * share, recall.all, recall.without_hubs,
                            recall_of_more);
  }

  CodeMatrix HashAll(const PartitionProjection& partition) const {
    std::vector<RowId> ids(set_.rows.rows);
    std::iota(ids.begin(), ids.end(), RowId{0});
    CodeMatrix codes(ids.size(), 1);
    HashRows(partition, *set_.frozen, ids, 0, codes);
    return codes;
  }

  std::shared_ptr<const PartitionProjection> Learn(
      const PartitionProjection& anchors, const CellLayout& cells) const {
    RouterTrainer trainer(anchors, training_.queries(),
                          cells.CellsOf(training_, RouterTrainer::kNoCell),
                          seed_);
    while (!trainer.done()) trainer.RunPass();
    return std::make_shared<const PartitionProjection>(
        anchors.spec(), anchors.cells(), trainer.router());
  }

  void Score(const std::string& arm, const PartitionProjection& partition,
             const CellLayout& cells) {
    for (const double share : shares_) {
      if (CaseOf(share, held_back_).rows >=
          static_cast<double>(cells.hot_list().size())) {
        Score(arm, partition, cells, share);
      }
    }
  }
  void Score(const std::string& arm, const PartitionProjection& partition,
             const CellLayout& cells, double share) {
    const auto recall = [&](const QueryTruths& held_back) {
      return RecallOf(FindIn(cells, partition, CaseOf(share, held_back)));
    };
    Write(arm, share, recall(held_back_), recall(held_back_more_).all);
  }
  // Router and hot list, of the size that suits each share.
  void ScoreLearned(const PartitionProjection& anchors,
                    const CellLayout& cells) {
    for (const double share : shares_) {
      const double rows = CaseOf(share, held_back_).rows;
      const auto hot = MostWanted(
          training_,
          ChooseHotListSize(
              cells, anchors, training_,
              {.rows = rows, .hot_rows = static_cast<std::size_t>(rows)})
              .value_or(0));
      const CellLayout chosen = cells.WithHotList(hot);
      Score("router + learned hot list", *Learn(anchors, chosen), chosen,
            share);
      std::cerr << absl::StrFormat("  %.2f %% of the rows: hot list %.3f %%\n",
                                   100 * share,
                                   100.0 * static_cast<double>(hot.size()) /
                                       static_cast<double>(set_.rows.rows));
    }
  }

  // What an index uses that learns by itself.
  void ScoreIndex() {
    const IndexArm arm(set_, training_, wanted_, seed_, backend_, clock_);
    for (const double share : shares_) {
      const auto used = arm.Learn(CaseOf(share, held_back_).rows);
      std::cerr << absl::StrFormat("  %.2f %% of the rows: %s\n", 100 * share,
                                   used.reason);
      Score("in use", *used.snapshot->partition(), LayoutOf(*used.snapshot),
            share);
    }
  }

  void ScoreSimHash(const SimHashShape& shape) {
    const std::string name =
        absl::StrFormat("SimHash %d x %d%s", shape.tables, shape.bits,
                        shape.centre ? " centred" : "");
    SimHashArm arm(shape, *set_.frozen, seed_);
    ScoreSimHash(name, arm);
    SimHashArm pairwise = arm;
    arm.Learn(training_, DirectionLoss::kTriplet);
    ScoreSimHash("learned " + name, arm);
    pairwise.Learn(training_, DirectionLoss::kPairwise);
    ScoreSimHash("pairwise " + name, pairwise);
  }

  void ScoreSimHash(const std::string& name, const SimHashArm& arm) {
    std::vector<double> candidates;
    for (const double share : shares_) {
      candidates.push_back(share * static_cast<double>(set_.rows.rows));
    }
    const auto recalls = arm.Recall(held_back_.queries(),
                                    held_back_more_.all_rows(), candidates);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      // Recall without hubs is not measured.
      Write(name, shares_[i], {recalls[i].at_10, std::nan("")},
            recalls[i].at_k);
    }
  }

  void ScoreList() {
    for (const double share : shares_) {
      const GateCase judged = CaseOf(share, held_back_);
      const auto list =
          MostWanted(training_, static_cast<std::size_t>(judged.rows));
      Write("static hot list", share, RecallOf(FindInList(list, judged)),
            RecallOf(FindInList(list, CaseOf(share, held_back_more_))).all);
    }
  }

  // FAISS's inverted file over as many lists, ranked by inner product.  Its
  // centroids are made a partition whose router is they, so that rows are
  // counted alike; int8 rounding of the keys is ours.
  void ScoreIvf(std::size_t num_lists) {
    const auto dim = static_cast<int>(set_.rows.cols);
    faiss::IndexFlatIP quantizer(dim);
    faiss::IndexIVFFlat ivf(&quantizer, static_cast<std::size_t>(dim),
                            num_lists, faiss::METRIC_INNER_PRODUCT);
    const auto n = static_cast<faiss::Index::idx_t>(set_.rows.rows);
    ivf.cp.seed = static_cast<int>(seed_);
    ivf.train(n, set_.rows.values.data());
    std::vector<faiss::Index::idx_t> lists(set_.rows.rows);
    quantizer.assign(n, set_.rows.values.data(), lists.data());
    CodeMatrix codes(set_.rows.rows, 1);
    for (std::size_t i = 0; i < lists.size(); ++i) {
      codes.mutable_row(i)[0] = static_cast<Code>(lists[i]);
    }
    PartitionProjection::Cells centroids{
        .anchors =
            std::vector<float>(quantizer.get_xb(),
                               quantizer.get_xb() + num_lists * set_.rows.cols),
        .spreads = std::vector<float>(num_lists, 0.0F)};
    HashSpec spec = test_support::PartitionSpec(
        set_.rows.cols, DefaultPartitionBits(set_.rows.rows));
    Score("FAISS IVF", PartitionProjection(spec, std::move(centroids)),
          CellLayout(codes, num_lists));
  }

  const BenchSet& set_;
  const std::span<const double> shares_;  // of the rows, read by a query
  const std::size_t wanted_;
  const std::uint64_t seed_;
  std::ostream& csv_;
  WorkerPool workers_{1};
  SteadyClock clock_;
  CpuBackend backend_{workers_, clock_};
  QueryTruths training_;
  QueryTruths held_back_;
  QueryTruths held_back_more_;
  std::vector<RowId> hubs_;
};

int Main(int argc, char** argv) {
  bench::BenchOptions options;
  std::vector<std::string> sets = {"s", "g", "n"};
  std::vector<std::uint64_t> seeds = {1};
  std::vector<double> shares = {0.0025, 0.005, 0.01, 0.02, 0.04, 0.08};
  std::size_t wanted = 32;
  std::string out = "retrieval.csv";
  CLI::App app("Recall of learned partitions at equal rows read.",
               "mongoose-retrieval");
  app.add_option("--sets", sets, "of a, b, g, n, s, u, v, w")->delimiter(',');
  app.add_option("--seeds", seeds, "of anchors and routers")->delimiter(',');
  app.add_option("--shares", shares, "of the rows that a query reads")
      ->delimiter(',')
      ->check(CLI::Range(1e-6, 1.0));
  app.add_option("--wanted", wanted, "nearest rows of a query to learn from")
      ->capture_default_str()
      ->check(CLI::Range(1U, static_cast<unsigned>(kMany)));
  app.add_option("--data", options.data, "folder of unpacked data");
  app.add_option("--out", out, "CSV file")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  std::ofstream csv(out);
  csv << "set,seed,arm,percent_of_rows,recall_at_10,without_hubs,recall_at_"
         "100\n";
  for (const std::string& name : sets) {
    const auto set = bench::MakeSet(name, options);
    if (!set.ok()) {
      std::cerr << "mongoose-retrieval: " << set.status() << "\n";
      return EXIT_FAILURE;
    }
    for (const std::uint64_t seed : seeds) {
      std::cerr << "set " << name << ", seed " << seed << "\n";
      Retrieval(*set, shares, wanted, seed, csv).Run();
    }
  }
  return csv ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace mongoose::eval

int main(int argc, char** argv) {
  try {
    return mongoose::eval::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mongoose-retrieval: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
