#include "core/index/tables_judge.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "core/base/cancel_token.h"
#include "core/base/status_macros.h"
#include "core/query/active_sets.h"

namespace mongoose {
namespace {

constexpr std::size_t kMaxActive = 65536;  // of a plan
// Queries at a time: bounds the memory of their candidates.
constexpr std::size_t kQueriesPerBlock = 128;

}  // namespace

absl::StatusOr<TablesAnswer> FindWith(const TablesCase& tables,
                                      const IndexSnapshot& snapshot,
                                      const QueryPlan& plan,
                                      const GateCase& judged) {
  const std::size_t hot = plan.use_hot_list ? snapshot.hot_list->size() : 0;
  QueryPlan all = plan;
  all.num_active = std::min(plan.max_candidates + hot, kMaxActive);
  all.rerank = false;
  all.num_tail = 0;
  const auto queries = judged.held_back.queries();
  TablesAnswer answer;
  std::vector<std::uint8_t> marks;  // [queries, max_rows]
  double proposed = 0;
  for (std::size_t q = 0; q < queries.rows(); q += kQueriesPerBlock) {
    const std::size_t count = std::min(kQueriesPerBlock, queries.rows() - q);
    ASSIGN_OR_RETURN(const ActiveSets sets,
                     tables.backend.QueryNeurons(
                         snapshot, tables.rows,
                         {.queries = queries.Rows(q, count), .plan = all},
                         tables.workspaces, NeverCancelled()));
    proposed += static_cast<double>(sets.num_candidates);
    for (std::size_t i = 0; i < count; ++i) {
      const auto found = sets.rows(i);
      answer.kept.push_back(found.size() - std::min(found.size(), hot));
      for (const RowId wanted : judged.held_back.rows(q + i)) {
        const bool is_found =
            wanted != kNoRow && std::ranges::find(found, wanted) != found.end();
        marks.push_back(is_found ? 1 : 0);
      }
    }
  }
  answer.found = FindMarked(marks, judged);
  answer.proposed = proposed / static_cast<double>(queries.rows());
  return answer;
}

double MeanKept(const TablesAnswer& answer) {
  return std::accumulate(answer.kept.begin(), answer.kept.end(), 0.0) /
         static_cast<double>(answer.kept.size());
}

std::size_t LevelCut(std::span<const std::size_t> kept, double mean) {
  const double total = mean * static_cast<double>(kept.size());
  std::size_t low = 1;
  std::size_t high = std::max<std::size_t>(1, std::ranges::max(kept));
  while (low < high) {
    const std::size_t cut = (low + high + 1) / 2;
    double sum = 0;
    for (const std::size_t n : kept) {
      sum += static_cast<double>(std::min(n, cut));
    }
    if (sum <= total) {
      low = cut;
    } else {
      high = cut - 1;
    }
  }
  return low;
}

}  // namespace mongoose
