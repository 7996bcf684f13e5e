// Decides when to re-hash an index, does it, and publishes the result.
#ifndef MONGOOSE_CORE_INDEX_REHASH_LOOP_H_
#define MONGOOSE_CORE_INDEX_REHASH_LOOP_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "core/backend/backend.h"
#include "core/base/clock.h"
#include "core/base/counter_rng.h"
#include "core/base/mutex.h"
#include "core/index/adoption.h"
#include "core/index/hot_list_tracker.h"
#include "core/index/index_spec.h"
#include "core/index/index_status.h"
#include "core/index/query_mean.h"
#include "core/index/replica.h"
#include "core/index/snapshot_builder.h"
#include "core/index/snapshot_cell.h"
#include "core/schedule/rehash_policy.h"

namespace mongoose {

// The parts of an index that re-hashing reads and writes; all outlive it.
struct RehashParts {
  const IndexSpec& spec;
  const Backend& backend;
  const Clock& clock;
  Replica& replica;
  SnapshotCell<IndexSnapshot>& current;
  HotListTracker& hot_list;
  const QueryMean& query_mean;
  RehashListener listener;  // may be null
};

// RunOnce is called by one thread at a time; counts() by any.
class RehashLoop {
 public:
  // REQUIRES: the spec is valid.
  explicit RehashLoop(const RehashParts& parts);

  // Looks at the replica's pulse and acts on it at most once.  The first
  // snapshot is built when every row has been set.  On failure the rows are
  // dirty again and the published snapshot stays.  True if it published.
  bool RunOnce() ABSL_LOCKS_EXCLUDED(mu_);

  // Publishes the current rows by another projection: of a PARTITION with the
  // same anchors, so that its cells stay, and with the hot list that comes with
  // it; of others with all rows hashed anew.
  // On error the published snapshot stays.
  // REQUIRES: called by the thread that calls RunOnce.
  absl::Status Adopt(Adoption adoption) ABSL_LOCKS_EXCLUDED(mu_);
  // Tells of learned functions that were not adopted.
  void RefuseProjection(const std::string& reason) ABSL_LOCKS_EXCLUDED(mu_);

  RehashCounts counts() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  RehashDecision Decide(const Replica::Counts& counts) ABSL_LOCKS_EXCLUDED(mu_);
  // Both return the number of rows hashed.
  // `projection` null: the current one, renewed where rows or means say so.
  absl::StatusOr<std::size_t> Rebuild(
      std::shared_ptr<const Projection> projection = nullptr)
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::size_t> RehashMovedRows() ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<IndexSnapshot> NextSnapshot(const Replica::RehashWork& work);
  // Whether so many rows have changed cells that a partition's anchors are to
  // be learned again.
  bool AnchorsAreOld() const;
  bool RefreshHotList();
  // Hashes random rows, compares with the codes kept, and calibrates drift.
  void SampleStaleness(std::size_t num_rows) ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::shared_ptr<const Projection>> MakeProjection(
      const FrozenRows& rows) const;
  std::vector<RowId> TakeHotList();
  void PublishLearned(Adoption adoption);
  void Publish(IndexSnapshot next);
  // Of rows hashed or copied anew.
  void PublishHashed(IndexSnapshot next) ABSL_LOCKS_EXCLUDED(mu_);
  // Runs `work`, which returns the number of rows hashed, and tells of it.
  template <typename Work>
  absl::Status Act(RehashDecision decision, Work work) ABSL_LOCKS_EXCLUDED(mu_);
  void Record(const RehashEvent& event) ABSL_LOCKS_EXCLUDED(mu_);

  const RehashParts parts_;
  const SnapshotBuilder builder_;
  std::unique_ptr<const RehashPolicy> policy_;
  CounterRng sample_rng_;
  bool hot_list_is_learned_ = false;  // then it stays
  std::uint64_t rebuild_step_ = 0;    // steps applied at the last rebuild
  std::size_t cell_changes_ = 0;      // of rows since the last rebuild
  std::uint64_t sample_step_ = 0;     // steps applied at the last sample

  mutable Mutex mu_;
  RehashCounts counts_ ABSL_GUARDED_BY(mu_);
  std::optional<Clock::TimePoint> hashed_at_ ABSL_GUARDED_BY(mu_);
  std::optional<Clock::TimePoint> running_since_ ABSL_GUARDED_BY(mu_);
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_REHASH_LOOP_H_
