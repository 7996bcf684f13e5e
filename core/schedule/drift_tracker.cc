#include "core/schedule/drift_tracker.h"

#include <algorithm>

#include "core/schedule/staleness_model.h"

namespace mongoose {

DriftTracker::DriftTracker(std::size_t num_rows, std::size_t bits_per_table,
                           float row_threshold)
    : bits_per_table_(bits_per_table),
      row_threshold_(row_threshold),
      distances_(num_rows, 0.0F),
      reported_(num_rows, 0.0F),
      norms_(num_rows, 0.0F),
      predicted_(num_rows, 0.0F),
      moved_(num_rows, 0) {}

template <typename Change>
void DriftTracker::ChangeRow(RowId row, Change change) {
  predicted_sum_ -= predicted_[row];
  if (IsDirty(row)) --num_dirty_rows_;
  change(row);
  predicted_[row] = PredictStaleShare(distances_[row] + reported_[row],
                                      norms_[row], bits_per_table_);
  predicted_sum_ += predicted_[row];
  if (IsDirty(row)) ++num_dirty_rows_;
}

void DriftTracker::Observe(std::span<const RowMove> moves) {
  for (const RowMove& move : moves) {
    ChangeRow(move.row, [&](RowId row) {
      distances_[row] += move.distance;
      reported_[row] = 0;  // part of the values just applied
      norms_[row] = move.norm;
      moved_[row] = 1;
    });
  }
}

void DriftTracker::ObserveReported(std::span<const RowMove> moves) {
  for (const RowMove& move : moves) {
    ChangeRow(move.row, [&](RowId row) { reported_[row] += move.distance; });
  }
}

float DriftTracker::Staleness() const {
  if (distances_.empty()) return 0;
  const double mean = predicted_sum_ / static_cast<double>(distances_.size());
  return static_cast<float>(std::clamp(mean * calibration_, 0.0, 1.0));
}

float DriftTracker::RowStaleness(RowId row) const {
  return std::min(predicted_[row] * calibration_, 1.0F);
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
    std::span<const RowMove> rows) const {
  std::vector<RowId> wanted;
  for (const RowMove& move : rows) {
    if (reported_[move.row] > 0 && RowStaleness(move.row) >= row_threshold_) {
      wanted.push_back(move.row);
    }
  }
  return wanted;
}

DriftTracker::Taken DriftTracker::Take(std::span<const RowId> rows) {
  Taken taken{.rows = {rows.begin(), rows.end()}, .distances = {}};
  taken.distances.reserve(rows.size());
  for (const RowId id : rows) {
    taken.distances.push_back(distances_[id]);
    ChangeRow(id, [this](RowId row) {
      distances_[row] = 0;
      moved_[row] = 0;
    });
  }
  return taken;
}

void DriftTracker::GiveBack(const Taken& taken) {
  for (std::size_t i = 0; i < taken.rows.size(); ++i) {
    ChangeRow(taken.rows[i], [&](RowId row) {
      distances_[row] += taken.distances[i];
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
  return distances_.size() * (4 * sizeof(float) + sizeof(std::uint8_t));
}

}  // namespace mongoose
