// Measures the recall of live queries against the exact answer.
#ifndef MONGOOSE_CORE_INDEX_RECALL_PROBE_H_
#define MONGOOSE_CORE_INDEX_RECALL_PROBE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "core/base/clock.h"
#include "core/base/frozen_rows.h"
#include "core/base/mutex.h"
#include "core/index/query_sampler.h"
#include "core/query/active_sets.h"

namespace mongoose {

// Keeps a share of the queries with their answers; the rebuild worker searches
// them exactly when it has nothing else to do.  When queries come faster than
// they can be searched in the time allowed, samples are dropped, never queries
// delayed.  Thread-safe.
class RecallProbe {
 public:
  static constexpr std::size_t kTop = 10;
  // The most of one thread's time that exact searches may take.
  static constexpr double kMaxLoad = 0.02;

  // `share` of all queries, [0, 1].  The clock must outlive the probe.
  RecallProbe(double share, const Clock& clock)
      : picker_(share), clock_(clock) {}

  // Samples from a batch that was answered from `rows`.
  void Offer(const std::shared_ptr<const FrozenRows>& rows,
             const NeuronQuery& query, const ActiveSets& answer)
      ABSL_LOCKS_EXCLUDED(mu_);

  bool HasWork() const ABSL_LOCKS_EXCLUDED(mu_);
  // Searches one sample exactly; O(rows * cols).
  void MeasureOne() ABSL_LOCKS_EXCLUDED(mu_);

  struct Result {
    double recall = 0;          // mean of recent samples, [0, 1]
    std::uint64_t samples = 0;  // measured since construction
  };
  Result result() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Sample {
    std::shared_ptr<const FrozenRows> rows;
    std::vector<float> query;
    std::vector<RowId> labels;  // given by the caller: neither hit nor miss
    std::vector<RowId> found;
    std::size_t top = kTop;
  };

  SharePicker picker_;
  const Clock& clock_;
  mutable Mutex mu_;
  std::deque<Sample> waiting_ ABSL_GUARDED_BY(mu_);
  Clock::TimePoint resume_at_ ABSL_GUARDED_BY(mu_){};  // no samples before
  Result result_ ABSL_GUARDED_BY(mu_);
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_RECALL_PROBE_H_
