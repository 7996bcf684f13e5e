// How far each row has moved since a snapshot took it, and since it was hashed.
#ifndef MONGOOSE_CORE_SCHEDULE_DRIFT_TRACKER_H_
#define MONGOOSE_CORE_SCHEDULE_DRIFT_TRACKER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/row_id.h"
#include "core/schedule/displacement.h"
#include "core/schedule/row_move.h"
#include "core/schedule/staleness_model.h"

namespace mongoose {

// Adds up moves per row and predicts staleness from them (staleness_model.h).
// Moves add up along the path, an upper bound of the move since taken;
// `calibration`, the ratio of true to predicted staleness in sampled rows,
// corrects for that.  O(1) per observed row.
//
// A taken row is not always hashed: where a snapshot keeps values beside codes,
// the values of a row that moved little are copied and its code is kept.  So
// there is a second measure, how far the row is from where it was hashed; not
// along the path, as rows go back and forth, but straight, estimated from
// projected displacements (displacement.h).
//
// Not synchronised: guarded by the replica's mutex, so that drift always
// matches the rows.
class DriftTracker {
 public:
  // A row is dirty when it moved since it was taken and its staleness is at
  // least `row_threshold`, [0, 1]; it is to be hashed when its distance from
  // where it was hashed is at least `hash_threshold` times its norm.
  DriftTracker(std::size_t num_rows, StalenessModel model, float row_threshold,
               float hash_threshold = 0);

  // The replica has applied these moves, with `displacements`
  // [moves, kDisplacementDims]; empty without hash threshold.
  void Observe(std::span<const RowMove> moves,
               std::span<const float> displacements = {});
  bool needs_displacements() const { return hash_threshold_ > 0; }
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
  // Dirty rows that are to be hashed.  O(1).
  std::size_t num_far_rows() const { return num_far_rows_; }
  // Rows that moved since they were taken and whose staleness is at least
  // `threshold`, ascending; O(rows).
  std::vector<RowId> MovedRows(float threshold) const;
  // Those of `rows` that reported moves alone make stale beyond the row
  // threshold: hashing the values known would not help, so new ones are wanted.
  std::vector<RowId> WantedRows(std::span<const ReportedMove> rows) const;

  // What Take removed, to be handed back on failure.
  struct Taken {
    std::vector<RowId> rows;  // those that had moved
    std::vector<float> drifts;
    bool all = false;                  // every row is to be hashed
    std::vector<RowId> far;            // those to be hashed, unless all are
    std::vector<float> displacements;  // of these
  };
  // Starts the drift of those of `rows` that moved anew, as a snapshot is about
  // to keep their values, and the displacement of those to be hashed.
  Taken Take(std::span<const RowId> rows);
  // The same of all rows, which are all to be hashed.  O(rows).
  Taken TakeAll();
  // O(rows).
  void GiveBack(const Taken& taken);

  // O(rows).  REQUIRES: ratio > 0.
  void SetCalibration(float ratio);
  float calibration() const { return calibration_; }
  std::size_t bytes() const;

 private:
  bool IsDirty(RowId row) const {
    return moved_[row] != 0 && RowStaleness(row) >= row_threshold_;
  }
  bool IsFar(RowId row) const;
  std::span<float> displacement(RowId row) {
    return std::span(displacements_)
        .subspan(row * kDisplacementDims, kDisplacementDims);
  }
  void TakeDrift(RowId row, Taken& taken);
  void TakeDisplacement(RowId row, Taken& taken);
  // Sets the row's prediction; leaves sum and counts to the caller.
  void Predict(RowId row);
  // Sets sum and counts, from the predictions of all rows.
  void Recount();
  // Adds a row to the counts, or takes it from them.
  void Count(RowId row, std::ptrdiff_t sign);
  // Applies `change` to a row and keeps sum and counts true.
  template <typename Change>
  void ChangeRow(RowId row, Change change);

  StalenessModel model_;
  float row_threshold_;
  float hash_threshold_;
  std::vector<float> drifts_;  // [rows], since taken
  // Since hashed, [rows, kDisplacementDims]; empty without hash threshold.
  std::vector<float> displacements_;
  std::vector<float> reported_;   // [rows], distance the replica has not seen
  std::vector<float> norms_;      // [rows]
  std::vector<float> predicted_;  // [rows], stale share before calibration
  std::vector<std::uint8_t> moved_;  // [rows], 1: not taken since it changed
  double predicted_sum_ = 0;
  std::size_t num_dirty_rows_ = 0;
  std::size_t num_far_rows_ = 0;
  float calibration_ = 1;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_SCHEDULE_DRIFT_TRACKER_H_
