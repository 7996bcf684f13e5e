#include "core/learn/hot_list_size.h"

#include <array>
#include <vector>

#include "core/learn/hash_gate.h"

namespace mongoose {
namespace {

// Sizes tried, as parts of the rows read.
constexpr double kHotParts[] = {0,         1.0 / 16, 1.0 / 8, 1.0 / 4,
                                3.0 / 8.0, 1.0 / 2,  3.0 / 4};

std::array<QueryTruths, 2> Halves(const QueryTruths& truths) {
  const auto queries = truths.queries();
  const QueryTruths none(queries.cols(), truths.size() / 2 + 1);
  std::array halves = {none, none};
  for (std::size_t q = 0; q < truths.size(); ++q) {
    halves[q % 2].Add(queries.row(q), truths.rows(q));
  }
  return halves;
}

void Append(const FoundRows& more, FoundRows& all) {
  all.wanted.insert(all.wanted.end(), more.wanted.begin(), more.wanted.end());
  all.found.insert(all.found.end(), more.found.begin(), more.found.end());
}

}  // namespace

std::size_t ChooseHotListSize(const CellLayout& layout,
                              const PartitionProjection& partition,
                              const QueryTruths& training, double rows) {
  const std::array<QueryTruths, 2> halves = Halves(training);
  const auto find = [&](std::size_t size) {
    FoundRows found;
    for (const int judge : {0, 1}) {
      const std::vector<RowId> list = MostWanted(halves[1 - judge], size);
      Append(FindIn(layout.WithHotList(list), partition,
                    {.held_back = halves[judge], .hubs = {}, .rows = rows}),
             found);
    }
    return found;
  };
  std::size_t best = layout.hot_list().size();
  const FoundRows now = find(best);
  double most = RecallOf(now).all;
  for (const double part : kHotParts) {
    const auto size = static_cast<std::size_t>(part * rows);
    const FoundRows found = find(size);
    const double recall = RecallOf(found).all;
    if (recall <= most || !IsBetter(found, now, /*min_gain=*/0)) continue;
    best = size;
    most = recall;
  }
  return best;
}

}  // namespace mongoose
