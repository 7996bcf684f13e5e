#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/measured_paths.h"
#include "tests/bench/recall_sweep.h"

namespace mongoose::bench {
namespace {

constexpr std::size_t kHnswRows = 32500;  // its build is slow

// Wanted of our speed at equal recall [performance targets]; 0: nothing.
double Target(const std::string& method, const std::string& set) {
  if (method.starts_with("exact")) return 3;
  if (method.starts_with("FAISS IndexLSH")) return 15;
  if (method == "FAISS IVFFlat") {
    return set == "g" || set == "n" ? 2 : set == "a" ? 1 : 0;
  }
  return 0;
}

// The cheapest of our ways to propose, or null.
const RecallSweep::Best* OurBest(const RecallSweep& sweep, int threads) {
  const RecallSweep::Best* best = nullptr;
  const auto ms = [threads](const RecallSweep::Best& b) {
    return threads == 1 ? b.per_query.cpu_ms : b.per_query.wall_ms;
  };
  for (const auto& [method, candidate] : sweep.best()) {
    if (!method.starts_with("ours")) continue;
    if (best == nullptr || ms(candidate) < ms(*best)) best = &candidate;
  }
  return best;
}

// Times our best setting and each peer's in turn.
void CompareBest(const BenchSet& set, const PathContext& context,
                 RecallSweep& sweep) {
  const auto* ours = OurBest(sweep, context.options.threads);
  if (ours == nullptr) {
    context.results.Say("  no setting of ours reached the recall wanted");
    return;
  }
  for (const auto& [method, best] : sweep.best()) {
    if (method.starts_with("ours")) continue;
    PathResult result{.path = 5,
                      .work = "search at recall@10 >= 0.9",
                      .set = set.name,
                      .peer = method,
                      .target = Target(method, set.name)};
    result.costs =
        MeasurePairs(sweep.Work(best.setting), sweep.Work(ours->setting),
                     context.options.repetitions);
    const auto n = static_cast<double>(sweep.num_queries());
    for (Cost* cost : {&result.costs.peer, &result.costs.ours}) {
      cost->cpu_ms /= n;
      cost->wall_ms /= n;
    }
    result.note = absl::StrCat("peer: ", best.setting.name, " recall ",
                               best.recall, "; ", ours->setting.method, " ",
                               ours->setting.name, " recall ", ours->recall);
    context.results.Add(result);
  }
}

void MeasureSet(const BenchSet& set, const PathContext& context,
                bool with_hnsw) {
  context.results.Say(absl::StrCat("path 5: ", set.name));
  RecallSweep sweep(set, context, /*is_growth=*/false);
  TryExact(set, context, sweep);
  const std::vector<std::size_t> bits = context.options.quick
                                            ? std::vector<std::size_t>{8, 10}
                                            : std::vector<std::size_t>{9, 12};
  TryOurTables(set, context, bits, sweep);
  TryOurSketch(set, context, sweep);
  TryOurPartition(set, context, sweep);
  TryOurDefault(set, context, sweep);
  TryFaiss(set, context, sweep);
  if (with_hnsw) TryHnsw(set, context, sweep);
  CompareBest(set, context, sweep);
}

}  // namespace

void MeasureRecall(const BenchSet& set, const PathContext& context) {
  MeasureSet(set, context, /*with_hnsw=*/false);
  if (!set.name.starts_with("a")) return;
  const std::size_t rows = context.options.quick ? 5000 : kHnswRows;
  const BenchSet part = FirstRows(set, absl::StrCat(set.name, "-part"), rows);
  MeasureSet(part, context, /*with_hnsw=*/true);
}

void MeasureGrowth(const PathContext& context) {
  const auto sizes =
      context.options.quick
          ? std::vector<std::size_t>{10000, 20000, 40000}
          : std::vector<std::size_t>{20000, 80000, 320000, 1300000, 2000000};
  for (const std::size_t rows : sizes) {
    context.results.Say(absl::StrCat("path 6: ", rows, " rows"));
    const BenchSet set = MakeSynthetic("growth", rows);
    RecallSweep sweep(set, context, /*is_growth=*/true);
    TryExact(set, context, sweep);
    TryOurDefault(set, context, sweep);
  }
}

}  // namespace mongoose::bench
