#include "core/learn/hot_list_size.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "core/learn/hash_gate.h"
#include "core/learn/router_cost.h"

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

// What each half of some queries finds.
class Trial {
 public:
  Trial(const CellLayout& layout, const PartitionProjection& partition,
        const QueryTruths& training, double rows)
      : layout_(layout),
        partition_(partition),
        halves_(Halves(training)),
        rows_(rows) {}

  // With the list of the layout.
  FoundRows FindNow() const {
    FoundRows found = Find(0, layout_);
    Append(Find(1, layout_), found);
    return found;
  }
  // With `size` rows that the other half wants; none where the nearest cell
  // would not fit besides them.
  std::optional<FoundRows> FindWith(std::size_t size) const {
    FoundRows found;
    double rows = 0;
    for (const int judge : {0, 1}) {
      const std::vector<RowId> list = MostWanted(halves_[1 - judge], size);
      const CellLayout layout = layout_.WithHotList(list);
      Append(Find(judge, layout), found);
      rows += static_cast<double>(list.size()) / 2;
      rows += MeanRowsRead(partition_, {.queries = halves_[judge].queries(),
                                        .num_cells = 1,
                                        .sizes = layout.sizes()}) /
              2;
    }
    if (rows > rows_) return std::nullopt;
    return found;
  }

 private:
  FoundRows Find(int judge, const CellLayout& layout) const {
    return FindIn(layout, partition_,
                  {.held_back = halves_[judge], .hubs = {}, .rows = rows_});
  }

  const CellLayout& layout_;
  const PartitionProjection& partition_;
  const std::array<QueryTruths, 2> halves_;
  const double rows_;
};

}  // namespace

std::optional<std::size_t> ChooseHotListSize(
    const CellLayout& layout, const PartitionProjection& partition,
    const QueryTruths& training, const HotListRoom& room) {
  const Trial trial(layout, partition, training, room.rows);
  const FoundRows now = trial.FindNow();
  std::optional<std::size_t> best;
  double most = RecallOf(now).all;
  const auto consider = [&](std::size_t size) {
    if (size > room.hot_rows) return;
    const auto found = trial.FindWith(size);
    if (!found.has_value()) return;
    const double recall = RecallOf(*found).all;
    if (recall <= most || !IsBetter(*found, now, kHotListMargin)) return;
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
