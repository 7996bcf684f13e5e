#ifndef MONGOOSE_CORE_INDEX_QUERY_MEAN_H_
#define MONGOOSE_CORE_INDEX_QUERY_MEAN_H_

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "core/base/matrix_view.h"
#include "core/base/mutex.h"

namespace mongoose {

// Running mean of the queries an index sees, for centring.  Thread-safe.
class QueryMean {
 public:
  explicit QueryMean(std::size_t cols) : mean_(cols, 0.0F) {}

  // Takes in a few queries of the batch.
  void Observe(MatrixView<const float> queries) ABSL_LOCKS_EXCLUDED(mu_) {
    constexpr std::size_t kPerBatch = 16;
    constexpr std::size_t kMemory = 4096;  // queries the mean looks back on
    MutexLock lock(mu_);
    for (std::size_t i = 0; i < std::min(kPerBatch, queries.rows()); ++i) {
      seen_ = std::min(seen_ + 1, kMemory);
      const float weight = 1.0F / static_cast<float>(seen_);
      const auto query = queries.row(i);
      for (std::size_t c = 0; c < mean_.size(); ++c) {
        mean_[c] += weight * (query[c] - mean_[c]);
      }
    }
  }
  std::vector<float> Get() const ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    return mean_;
  }

 private:
  mutable Mutex mu_;
  std::size_t seen_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<float> mean_ ABSL_GUARDED_BY(mu_);
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_QUERY_MEAN_H_
