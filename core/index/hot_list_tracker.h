#ifndef MONGOOSE_CORE_INDEX_HOT_LIST_TRACKER_H_
#define MONGOOSE_CORE_INDEX_HOT_LIST_TRACKER_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/base/row_id.h"

namespace mongoose {

// Counts how often rows were active, to find those near many queries (hubs).
// Counts halve at every TakeTop, so that the list follows training.
//
// Thread-safe; counting is one relaxed atomic add per id: counts are
// statistics, no other data depends on their order.
class HotListTracker {
 public:
  explicit HotListTracker(std::size_t num_rows) : counts_(num_rows) {}

  void Observe(std::span<const RowId> active) {
    for (const RowId row : active) {
      counts_[row].fetch_add(1, std::memory_order_relaxed);
    }
    observed_.fetch_add(active.size(), std::memory_order_relaxed);
  }
  // Ids observed since the last TakeTop.
  std::uint64_t observed() const {
    return observed_.load(std::memory_order_relaxed);
  }

  // At most `size` rows of the largest counts, ascending by id; only rows
  // counted at least twice.  Halves all counts.  O(rows).
  std::vector<RowId> TakeTop(std::size_t size) {
    std::vector<RowId> top = Top(size);
    for (auto& count : counts_) {
      count.store(count.load(std::memory_order_relaxed) / 2,
                  std::memory_order_relaxed);
    }
    observed_.store(0, std::memory_order_relaxed);
    return top;
  }

  std::size_t bytes() const {
    return counts_.size() * sizeof(std::atomic<std::uint32_t>);
  }

 private:
  std::vector<RowId> Top(std::size_t size) const {
    std::vector<std::pair<std::uint32_t, RowId>> seen;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      const std::uint32_t count = counts_[i].load(std::memory_order_relaxed);
      if (count >= 2) seen.emplace_back(count, static_cast<RowId>(i));
    }
    const std::size_t kept = std::min(size, seen.size());
    std::partial_sort(
        seen.begin(), seen.begin() + static_cast<std::ptrdiff_t>(kept),
        seen.end(), [](const auto& a, const auto& b) {
          return a.first != b.first ? a.first > b.first : a.second < b.second;
        });
    std::vector<RowId> top;
    top.reserve(kept);
    for (std::size_t i = 0; i < kept; ++i) top.push_back(seen[i].second);
    std::ranges::sort(top);
    return top;
  }
  std::vector<std::atomic<std::uint32_t>> counts_;  // [rows]
  std::atomic<std::uint64_t> observed_{0};
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_HOT_LIST_TRACKER_H_
