// Keeps a few of the queries that an index answers, to learn from.
#ifndef MONGOOSE_CORE_INDEX_QUERY_SAMPLER_H_
#define MONGOOSE_CORE_INDEX_QUERY_SAMPLER_H_

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "core/base/mutex.h"
#include "core/query/active_sets.h"

namespace mongoose {

// Counts queries and picks an even share of them.  Thread-safe.
class SharePicker {
 public:
  explicit SharePicker(double share) : share_(share) {}

  // Calls visit(place) for each of the next `count` queries that is picked.
  template <typename Visit>
  void ForEachPicked(std::size_t count, Visit visit) {
    if (share_ <= 0) return;
    const std::uint64_t before =
        seen_.fetch_add(count, std::memory_order_relaxed);  // a statistic
    for (std::size_t i = 0; i < count; ++i) {
      // The n-th query is picked when n * share passes an integer.
      const auto n = static_cast<double>(before + i);
      if (std::floor((n + 1) * share_) != std::floor(n * share_)) visit(i);
    }
  }

 private:
  const double share_;
  std::atomic<std::uint64_t> seen_{0};
};

// Thread-safe.  The newest queries wait; older ones are dropped, none delayed.
class QuerySampler {
 public:
  static constexpr std::size_t kMaxWaiting = 512;

  struct Sample {
    std::vector<float> query;
    std::vector<RowId> labels;
  };

  // `share` of all queries, [0, 1].
  explicit QuerySampler(double share) : picker_(share) {}

  void Offer(const NeuronQuery& query) ABSL_LOCKS_EXCLUDED(mu_);
  std::size_t num_waiting() const ABSL_LOCKS_EXCLUDED(mu_);
  // All that wait, oldest first.
  std::vector<Sample> Take() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  SharePicker picker_;
  mutable Mutex mu_;
  std::deque<Sample> waiting_ ABSL_GUARDED_BY(mu_);
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_QUERY_SAMPLER_H_
