#include "tests/bench/recall_sweep.h"

#include <algorithm>
#include <cstdio>

#include "tests/bench/exact_peer.h"
#include "tests/bench/paired_timer.h"

namespace mongoose::bench {
namespace {

constexpr double kMeasuredMs = 100;  // at least, a run
constexpr int kRuns = 3;

}  // namespace

RecallSweep::RecallSweep(const BenchSet& set, const PathContext& context,
                         bool is_growth)
    : set_(set),
      context_(context),
      is_growth_(is_growth),
      queries_(
          set.queries.view().Rows(0, (context.options.quick ? 2 : 4) * kBatch)),
      truth_(queries_.rows() * kTop),
      found_(truth_.size()) {
  ExactPeer exact(set.rows, context.workers);
  for (std::size_t first = 0; first < queries_.rows(); first += kBatch) {
    exact.Search(queries_.Rows(first, kBatch),
                 std::span(truth_).subspan(first * kTop, kBatch * kTop));
  }
}

std::function<void()> RecallSweep::Work(const SearchSetting& setting) {
  return [this, search = setting.search] {
    for (std::size_t first = 0; first < queries_.rows(); first += kBatch) {
      search(queries_.Rows(first, kBatch),
             std::span(found_).subspan(first * kTop, kBatch * kTop));
    }
  };
}

double RecallSweep::RecallOf(const SearchSetting& setting) {
  Work(setting)();
  std::size_t hits = 0;
  for (std::size_t first = 0; first < truth_.size(); first += kTop) {
    const auto answer = std::span(found_).subspan(first, kTop);
    for (const RowId row : std::span(truth_).subspan(first, kTop)) {
      hits += std::ranges::count(answer, row) > 0 ? 1 : 0;
    }
  }
  return static_cast<double>(hits) / static_cast<double>(truth_.size());
}

double RecallSweep::MsOf(const Cost& cost) const {
  return context_.options.threads == 1 ? cost.cpu_ms : cost.wall_ms;
}

void RecallSweep::Try(const SearchSetting& setting) {
  const double recall = RecallOf(setting);  // warms up, too
  std::vector<Cost> runs;
  for (int i = 0; i < kRuns; ++i) {
    runs.push_back(Measure(Work(setting), kMeasuredMs));
  }
  Cost cost = MedianCost(runs);
  const auto n = static_cast<double>(queries_.rows());
  cost = {.cpu_ms = cost.cpu_ms / n, .wall_ms = cost.wall_ms / n};
  context_.results.Add(CurvePoint{.set = set_.name,
                                  .num_rows = set_.rows.rows,
                                  .method = setting.method,
                                  .setting = setting.name,
                                  .recall = recall,
                                  .per_query = cost,
                                  .bytes = setting.bytes,
                                  .is_growth = is_growth_});
  char line[160];
  std::snprintf(line, sizeof line, "  %s, %s: recall %.3f, %.1f us a query",
                setting.method.c_str(), setting.name.c_str(), recall,
                MsOf(cost) * 1e3);
  context_.results.Say(line);
  if (recall < kWantedRecall) return;
  const auto known = best_.find(setting.method);
  if (known == best_.end() || MsOf(cost) < MsOf(known->second.per_query)) {
    best_[setting.method] = {
        .setting = setting, .recall = recall, .per_query = cost};
  }
}

}  // namespace mongoose::bench
