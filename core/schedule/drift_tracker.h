// How far each row has moved since it was hashed.
#ifndef MONGOOSE_CORE_SCHEDULE_DRIFT_TRACKER_H_
#define MONGOOSE_CORE_SCHEDULE_DRIFT_TRACKER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/row_id.h"
#include "core/schedule/row_move.h"
#include "core/schedule/staleness_model.h"

namespace mongoose {

// Adds up moves per row and predicts staleness from them (staleness_model.h).
// Moves add up along the path, an upper bound of the move since hashing;
// `calibration`, the ratio of true to predicted staleness in sampled rows,
// corrects for that.  O(1) per observed row.
//
// Not synchronised: guarded by the replica's mutex, so that drift always
// matches the rows.
class DriftTracker {
 public:
  // A row is dirty when it moved since it was hashed and its staleness is at
  // least `row_threshold`, [0, 1].
  DriftTracker(std::size_t num_rows, StalenessModel model, float row_threshold);

  // The replica has applied these moves.
  void Observe(std::span<const RowMove> moves);
  // The trainer reports these moves; the replica does not have the values.
  // They count as moves away from the row last seen.
  void ObserveReported(std::span<const ReportedMove> moves);
  // Replaces the norms of all rows, after the mean they are measured from has
  // changed.  REQUIRES: one per row.
  void SetNorms(std::vector<float> norms);

  // Mean predicted share of stale entries over all rows, calibrated, [0, 1].
  float Staleness() const;
  // The same for one row.
  float RowStaleness(RowId row) const;
  // The share before calibration, of changes that Observe saw: what hashing
  // the row would find.
  float PredictedShare(RowId row) const;

  // O(1).
  std::size_t num_dirty_rows() const { return num_dirty_rows_; }
  // Rows that moved since they were hashed and whose staleness is at least
  // `threshold`, ascending; O(rows).
  std::vector<RowId> MovedRows(float threshold) const;
  // Those of `rows` that reported moves alone make stale beyond the row
  // threshold: hashing the values known would not help, so new ones are wanted.
  std::vector<RowId> WantedRows(std::span<const ReportedMove> rows) const;

  // What Take removed, to be handed back if hashing fails.
  struct Taken {
    std::vector<RowId> rows;  // those that had moved
    std::vector<float> drifts;
  };
  // Starts the drift of `rows` anew: they are about to be hashed.
  Taken Take(std::span<const RowId> rows);
  void GiveBack(const Taken& taken);

  // O(rows).  REQUIRES: ratio > 0.
  void SetCalibration(float ratio);
  float calibration() const { return calibration_; }
  std::size_t bytes() const;

 private:
  bool IsDirty(RowId row) const {
    return moved_[row] != 0 && RowStaleness(row) >= row_threshold_;
  }
  // Applies `change` to a row and keeps sum and count true.
  template <typename Change>
  void ChangeRow(RowId row, Change change);

  StalenessModel model_;
  float row_threshold_;
  std::vector<float> drifts_;     // [rows], since hashed
  std::vector<float> reported_;   // [rows], distance the replica has not seen
  std::vector<float> norms_;      // [rows]
  std::vector<float> predicted_;  // [rows], stale share before calibration
  std::vector<std::uint8_t> moved_;  // [rows], 1: not hashed since it changed
  double predicted_sum_ = 0;
  std::size_t num_dirty_rows_ = 0;
  float calibration_ = 1;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_SCHEDULE_DRIFT_TRACKER_H_
