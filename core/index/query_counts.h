#ifndef MONGOOSE_CORE_INDEX_QUERY_COUNTS_H_
#define MONGOOSE_CORE_INDEX_QUERY_COUNTS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/query/active_sets.h"

namespace mongoose {

// What an index has answered since it was created.
struct QueryCounts {
  std::uint64_t queries = 0;      // vectors, not batches
  std::uint64_t candidates = 0;   // rows proposed, summed over queries
  std::uint64_t active_rows = 0;  // rows answered, summed over queries
};

// Counts answers.  Thread-safe; the three counts are not read at one moment.
class QueryTally {
 public:
  void Add(std::size_t batch, const ActiveSets& sets) {
    queries_.fetch_add(batch, std::memory_order_relaxed);
    candidates_.fetch_add(sets.num_candidates, std::memory_order_relaxed);
    active_rows_.fetch_add(sets.ids.size(), std::memory_order_relaxed);
  }
  QueryCounts counts() const {
    return {.queries = queries_.load(std::memory_order_relaxed),
            .candidates = candidates_.load(std::memory_order_relaxed),
            .active_rows = active_rows_.load(std::memory_order_relaxed)};
  }

 private:
  std::atomic<std::uint64_t> queries_{0};
  std::atomic<std::uint64_t> candidates_{0};
  std::atomic<std::uint64_t> active_rows_{0};
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_QUERY_COUNTS_H_
