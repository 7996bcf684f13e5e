#include "core/schedule/drift_tracker.h"

#include <algorithm>

#include "core/schedule/staleness_model.h"

namespace mongoose {

DriftTracker::DriftTracker(std::size_t num_rows, std::size_t bits_per_table,
                           float row_threshold)
    : bits_per_table_(bits_per_table),
      row_threshold_(row_threshold),
      angles_(num_rows, 0.0F),
      reported_(num_rows, 0.0F),
      norms_(num_rows, 0.0F),
      predicted_(num_rows, 0.0F),
      moved_(num_rows, 0) {}

template <typename Change>
void DriftTracker::ChangeRow(RowId row, Change change) {
  predicted_sum_ -= predicted_[row];
  if (IsDirty(row)) --num_dirty_rows_;
  change(row);
  predicted_[row] = PredictStaleShare(
      angles_[row] + TurnAngle(reported_[row], norms_[row]), bits_per_table_);
  predicted_sum_ += predicted_[row];
  if (IsDirty(row)) ++num_dirty_rows_;
}

void DriftTracker::Observe(std::span<const RowMove> moves) {
  for (const RowMove& move : moves) {
    ChangeRow(move.row, [&](RowId row) {
      angles_[row] += move.angle;
      reported_[row] = 0;  // part of the values just applied
      norms_[row] = move.norm;
      moved_[row] = 1;
    });
  }
}

void DriftTracker::ObserveReported(std::span<const ReportedMove> moves) {
  for (const ReportedMove& move : moves) {
    ChangeRow(move.row, [&](RowId row) { reported_[row] += move.distance; });
  }
}

void DriftTracker::SetNorms(std::vector<float> norms) {
  for (std::size_t i = 0; i < norms.size(); ++i) {
    ChangeRow(static_cast<RowId>(i),
              [&](RowId row) { norms_[row] = norms[i]; });
  }
}

float DriftTracker::Staleness() const {
  if (angles_.empty()) return 0;
  const double mean = predicted_sum_ / static_cast<double>(angles_.size());
  return static_cast<float>(std::clamp(mean * calibration_, 0.0, 1.0));
}

float DriftTracker::RowStaleness(RowId row) const {
  return std::min(predicted_[row] * calibration_, 1.0F);
}

float DriftTracker::PredictedShare(RowId row) const {
  return PredictStaleShare(angles_[row], bits_per_table_);
}

std::vector<RowId> DriftTracker::MovedRows(float threshold) const {
  std::vector<RowId> rows;
  for (std::size_t i = 0; i < moved_.size(); ++i) {
    const auto row = static_cast<RowId>(i);
    if (moved_[i] != 0 && RowStaleness(row) >= threshold) rows.push_back(row);
  }
  return rows;
}

std::vector<RowId> DriftTracker::WantedRows(
    std::span<const ReportedMove> rows) const {
  std::vector<RowId> wanted;
  for (const ReportedMove& move : rows) {
    const float turn = TurnAngle(reported_[move.row], norms_[move.row]);
    const float share = PredictStaleShare(turn, bits_per_table_) * calibration_;
    if (turn > 0 && share >= row_threshold_) wanted.push_back(move.row);
  }
  return wanted;
}

DriftTracker::Taken DriftTracker::Take(std::span<const RowId> rows) {
  Taken taken;
  for (const RowId id : rows) {
    if (moved_[id] == 0) continue;
    taken.rows.push_back(id);
    taken.angles.push_back(angles_[id]);
    ChangeRow(id, [this](RowId row) {
      angles_[row] = 0;
      moved_[row] = 0;
    });
  }
  return taken;
}

void DriftTracker::GiveBack(const Taken& taken) {
  for (std::size_t i = 0; i < taken.rows.size(); ++i) {
    ChangeRow(taken.rows[i], [&](RowId row) {
      angles_[row] += taken.angles[i];
      moved_[row] = 1;
    });
  }
}

void DriftTracker::SetCalibration(float ratio) {
  calibration_ = ratio;
  num_dirty_rows_ = 0;
  for (std::size_t i = 0; i < moved_.size(); ++i) {
    if (IsDirty(static_cast<RowId>(i))) ++num_dirty_rows_;
  }
}

std::size_t DriftTracker::bytes() const {
  return angles_.size() * (4 * sizeof(float) + sizeof(std::uint8_t));
}

}  // namespace mongoose
