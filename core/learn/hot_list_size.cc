#include "core/learn/hot_list_size.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "core/learn/hash_gate.h"

namespace mongoose {
namespace {

// Sizes tried, as parts of the rows read.
constexpr double kHotParts[] = {0,       1.0 / 16, 1.0 / 8, 1.0 / 4,
                                3.0 / 8, 1.0 / 2,  3.0 / 4, 7.0 / 8};

constexpr std::size_t kMaxQueries = 1536;

// A query that is there again, next to itself, stays in its half.
std::array<QueryTruths, 2> Halves(const QueryTruths& truths) {
  const auto queries = truths.queries();
  const std::size_t count = std::min(truths.size(), kMaxQueries);
  const QueryTruths none(queries.cols(), count + 1, truths.max_rows());
  std::array halves = {none, none};
  std::size_t half = 0;
  for (std::size_t q = 0; q < count; ++q) {
    if (q > 0 && !std::ranges::equal(queries.row(q), queries.row(q - 1))) {
      half = 1 - half;
    }
    halves[half].Add(queries.row(q), truths.rows(q));
  }
  return halves;
}

void Append(const FoundRows& more, FoundRows& all) {
  all.wanted.insert(all.wanted.end(), more.wanted.begin(), more.wanted.end());
  all.found.insert(all.found.end(), more.found.begin(), more.found.end());
}

}  // namespace

std::optional<std::size_t> ChooseHotListSize(
    const CellLayout& layout, const PartitionProjection& partition,
    const QueryTruths& training, const HotListRoom& room) {
  const std::array<QueryTruths, 2> halves = Halves(training);
  const auto find = [&](int judge, const CellLayout& read) {
    return FindIn(read, partition,
                  {.held_back = halves[judge], .hubs = {}, .rows = room.rows});
  };
  const auto find_with = [&](std::size_t size) {
    FoundRows found;
    for (const int judge : {0, 1}) {
      const std::vector<RowId> list = MostWanted(halves[1 - judge], size);
      Append(find(judge, layout.WithHotList(list)), found);
    }
    return found;
  };
  FoundRows now = find(0, layout);
  Append(find(1, layout), now);
  std::optional<std::size_t> best;
  double most = RecallOf(now).all;
  const auto consider = [&](std::size_t size) {
    if (size > room.hot_rows) return;
    const FoundRows found = find_with(size);
    const double recall = RecallOf(found).all;
    if (recall <= most || !IsBetter(found, now, /*min_gain=*/0)) return;
    best = size;
    most = recall;
  };
  consider(layout.hot_list().size());
  for (const double part : kHotParts) {
    consider(static_cast<std::size_t>(part * room.rows));
  }
  return best;
}

}  // namespace mongoose
