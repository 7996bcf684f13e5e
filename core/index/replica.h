// The service's copy of a layer's weights, and how far they have drifted.
#ifndef MONGOOSE_CORE_INDEX_REPLICA_H_
#define MONGOOSE_CORE_INDEX_REPLICA_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/frozen_rows.h"
#include "core/base/mutex.h"
#include "core/index/update_chunk.h"
#include "core/schedule/displacement.h"
#include "core/schedule/drift_tracker.h"

namespace mongoose {

// Rows in copy-on-write blocks.  A frozen copy shares the blocks; a write
// clones those it touches that were frozen before, if any frozen copy still
// lives, so readers never see a row half-written and never block a writer for
// longer than copying a list of pointers.
//
// Thread-safe.  One mutex guards rows, drift and sequences, so that they
// always match; it is held for O(changed rows * cols).
class Replica {
 public:
  // Thresholds are those of DriftTracker.
  Replica(const RowLayout& layout, StalenessModel model, float row_threshold,
          float hash_threshold = 0);

  const RowLayout& layout() const { return layout_; }

  // Applies a chunk whole, once: a sequence at or below the writer's last is
  // acknowledged as replayed.  FailedPrecondition when the sequence skips one,
  // or when deltas or drift name a row that was never set; InvalidArgument
  // and OutOfRange as ValidateUpdateChunk; ResourceExhausted beyond 10,000
  // writers.  Nothing changes on error.
  absl::StatusOr<UpdateResult> Apply(const UpdateChunk& chunk)
      ABSL_LOCKS_EXCLUDED(mu_);

  struct Frozen {
    std::shared_ptr<const FrozenRows> rows;
    std::uint64_t applied_sequence = 0;
    float staleness = 0;
  };
  // The rows now.  Cheap while nothing has been written since the last call.
  Frozen Freeze() ABSL_LOCKS_EXCLUDED(mu_);

  // Rows for a snapshot to take, frozen, with their drift taken; see
  // DriftTracker.
  struct RehashWork {
    Frozen frozen;
    std::vector<RowId> ids;  // ascending
    DriftTracker::Taken taken;
    std::uint64_t steps = 0;  // training steps applied
  };
  RehashWork TakeAllRows() ABSL_LOCKS_EXCLUDED(mu_);
  // Rows that moved and whose staleness is at least `threshold`.
  RehashWork TakeMovedRows(float threshold) ABSL_LOCKS_EXCLUDED(mu_);
  // Undoes the taking after a failure: the rows are dirty again.
  void GiveBack(const RehashWork& work) ABSL_LOCKS_EXCLUDED(mu_);

  // Later moves are measured from `mean` [cols] instead of zero; `norms`
  // [rows] are those of the rows less the mean.
  void SetMean(std::vector<float> mean, std::vector<float> norms)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Mean predicted staleness of `rows` before calibration.
  float PredictedStaleness(std::span<const RowId> rows) const
      ABSL_LOCKS_EXCLUDED(mu_);
  void SetCalibration(float ratio) ABSL_LOCKS_EXCLUDED(mu_);

  // Numbers for policies and status; all from the same moment.
  struct Counts {
    std::uint64_t applied_sequence = 0;
    std::uint64_t steps = 0;
    std::uint64_t rows_updated = 0;
    std::size_t rows_set = 0;
    std::size_t dirty_rows = 0;
    std::size_t far_rows = 0;  // dirty and to be hashed
    float staleness = 0;
    float calibration = 1;
  };
  Counts counts() const ABSL_LOCKS_EXCLUDED(mu_);
  std::map<std::string, std::uint64_t> writer_sequences() const
      ABSL_LOCKS_EXCLUDED(mu_);
  std::size_t bytes() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  absl::Status CheckSequence(const UpdateChunk& chunk, bool& replayed) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status CheckRowsSet(const UpdateChunk& chunk) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void WriteRows(const UpdateChunk& chunk) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void WriteSlice(std::span<const RowId> ids, MatrixView<const float> values,
                  bool add) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ReportDrift(const UpdateChunk& chunk, UpdateResult& result)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  RowBlock& MutableBlock(RowId row) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  Frozen FreezeLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const RowLayout layout_;
  const DisplacementProjection projection_;
  mutable Mutex mu_;
  std::vector<std::shared_ptr<RowBlock>> blocks_ ABSL_GUARDED_BY(mu_);
  std::uint64_t epoch_ ABSL_GUARDED_BY(mu_) = 0;  // counts frozen copies
  std::shared_ptr<const FrozenRows> frozen_ ABSL_GUARDED_BY(mu_);  // or null
  // Frozen copies that live, frozen_ included; each counts itself out.
  const std::shared_ptr<std::atomic<std::size_t>> num_frozen_ =
      std::make_shared<std::atomic<std::size_t>>(0);
  bool has_readers_ ABSL_GUARDED_BY(mu_) = false;  // during a write
  DriftTracker drift_ ABSL_GUARDED_BY(mu_);
  std::vector<float> mean_ ABSL_GUARDED_BY(mu_);
  std::vector<bool> is_set_ ABSL_GUARDED_BY(mu_);
  Counts counts_ ABSL_GUARDED_BY(mu_);  // those not derived from drift_
  std::map<std::string, std::uint64_t, std::less<>> writers_
      ABSL_GUARDED_BY(mu_);
  std::vector<float> before_ ABSL_GUARDED_BY(mu_);  // scratch of WriteSlice
  std::vector<float> after_ ABSL_GUARDED_BY(mu_);
  std::vector<float> displacements_ ABSL_GUARDED_BY(mu_);
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_REPLICA_H_
