#ifndef MONGOOSE_CORE_QUERY_QUERY_WORKSPACE_H_
#define MONGOOSE_CORE_QUERY_QUERY_WORKSPACE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "core/base/mutex.h"
#include "core/base/row_id.h"
#include "core/query/candidate_counter.h"

namespace mongoose {

// A candidate and what it is ranked by; the better one is less.
struct RankedRow {
  float key = 0;
  RowId row = 0;

  friend bool operator<(const RankedRow& a, const RankedRow& b) {
    return a.key != b.key ? a.key > b.key : a.row < b.row;
  }
};

// What one thread needs to answer one sample after another.
struct QueryWorkspace {
  explicit QueryWorkspace(std::size_t num_rows) : counter(num_rows) {}

  CandidateCounter counter;
  std::vector<RowId> candidates;
  std::vector<float> scores;             // of candidates
  std::vector<std::uint16_t> distances;  // of candidates
  std::vector<RankedRow> ranked;         // candidates, best first
  std::vector<float> padded_query;       // [stride]
};

// Workspaces of one index, reused between queries, so that a query allocates
// nothing that grows with the index.  Thread-safe.
class WorkspacePool {
 public:
  explicit WorkspacePool(std::size_t num_rows) : num_rows_(num_rows) {}

  // Returns its workspace to the pool when it goes out of scope.
  class Lease {
   public:
    explicit Lease(WorkspacePool& pool) : pool_(pool), held_(pool.Take()) {}
    ~Lease() { pool_.Return(std::move(held_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    QueryWorkspace& operator*() { return *held_; }

   private:
    WorkspacePool& pool_;
    std::unique_ptr<QueryWorkspace> held_;
  };

 private:
  std::unique_ptr<QueryWorkspace> Take() ABSL_LOCKS_EXCLUDED(mu_) {
    {
      MutexLock lock(mu_);
      if (!free_.empty()) {
        auto workspace = std::move(free_.back());
        free_.pop_back();
        return workspace;
      }
    }
    return std::make_unique<QueryWorkspace>(num_rows_);
  }
  void Return(std::unique_ptr<QueryWorkspace> workspace)
      ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    free_.push_back(std::move(workspace));
  }

  const std::size_t num_rows_;
  Mutex mu_;
  std::vector<std::unique_ptr<QueryWorkspace>> free_ ABSL_GUARDED_BY(mu_);
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_QUERY_WORKSPACE_H_
