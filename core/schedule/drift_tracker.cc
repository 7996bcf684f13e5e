#include "core/schedule/drift_tracker.h"

#include <algorithm>

namespace mongoose {

DriftTracker::DriftTracker(std::size_t num_rows, StalenessModel model,
                           float row_threshold, float hash_threshold)
    : model_(model),
      row_threshold_(row_threshold),
      hash_threshold_(hash_threshold),
      drifts_(num_rows, 0.0F),
      paths_(hash_threshold > 0 ? num_rows : 0, 0.0F),
      reported_(num_rows, 0.0F),
      norms_(num_rows, 0.0F),
      predicted_(num_rows, 0.0F),
      moved_(num_rows, 0) {}

void DriftTracker::Count(RowId row, std::ptrdiff_t sign) {
  if (!IsDirty(row)) return;
  num_dirty_rows_ += static_cast<std::size_t>(sign);
  if (IsFar(row)) num_far_rows_ += static_cast<std::size_t>(sign);
}

template <typename Change>
void DriftTracker::ChangeRow(RowId row, Change change) {
  predicted_sum_ -= predicted_[row];
  Count(row, -1);
  change(row);
  predicted_[row] =
      model_.Share(drifts_[row] + model_.DriftOf(reported_[row], norms_[row]));
  predicted_sum_ += predicted_[row];
  Count(row, 1);
}

void DriftTracker::Observe(std::span<const RowMove> moves) {
  for (const RowMove& move : moves) {
    ChangeRow(move.row, [&](RowId row) {
      drifts_[row] += model_.DriftOf(move);
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
  if (drifts_.empty()) return 0;
  const double mean = predicted_sum_ / static_cast<double>(drifts_.size());
  return static_cast<float>(std::clamp(mean * calibration_, 0.0, 1.0));
}

float DriftTracker::RowStaleness(RowId row) const {
  return std::min(predicted_[row] * calibration_, 1.0F);
}

float DriftTracker::PredictedShare(RowId row) const {
  return model_.Share(drifts_[row]);
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
    const float drift = model_.DriftOf(reported_[move.row], norms_[move.row]);
    const float share = model_.Share(drift) * calibration_;
    if (drift > 0 && share >= row_threshold_) wanted.push_back(move.row);
  }
  return wanted;
}

DriftTracker::Taken DriftTracker::Take(std::span<const RowId> rows) {
  Taken taken;
  taken.rows.reserve(rows.size());
  taken.drifts.reserve(rows.size());
  for (const RowId id : rows) {
    if (moved_[id] == 0) continue;
    taken.rows.push_back(id);
    taken.drifts.push_back(drifts_[id]);
    if (IsFar(id)) taken.far.push_back(id);
    const float staleness = paths_.empty() ? 0 : TakenStaleness(id);
    taken.staleness.push_back(staleness);
    ChangeRow(id, [&](RowId row) {
      drifts_[row] = 0;
      if (!paths_.empty()) paths_[row] += staleness;
      moved_[row] = 0;
    });
  }
  return taken;
}

void DriftTracker::GiveBack(const Taken& taken) {
  for (std::size_t i = 0; i < taken.rows.size(); ++i) {
    ChangeRow(taken.rows[i], [&](RowId row) {
      drifts_[row] += taken.drifts[i];
      if (!paths_.empty()) {
        paths_[row] = std::max(0.0F, paths_[row] - taken.staleness[i]);
      }
      moved_[row] = 1;
    });
  }
}

void DriftTracker::MarkHashed(std::span<const RowId> rows) {
  if (paths_.empty()) return;
  for (const RowId id : rows) {
    if (paths_[id] == 0) continue;
    ChangeRow(id, [this](RowId row) { paths_[row] = 0; });
  }
}

void DriftTracker::SetCalibration(float ratio) {
  calibration_ = ratio;
  num_dirty_rows_ = 0;
  num_far_rows_ = 0;
  for (std::size_t i = 0; i < moved_.size(); ++i) {
    Count(static_cast<RowId>(i), 1);
  }
}

std::size_t DriftTracker::bytes() const {
  return drifts_.size() * (4 * sizeof(float) + sizeof(std::uint8_t)) +
         paths_.size() * sizeof(float);
}

}  // namespace mongoose
