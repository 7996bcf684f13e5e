#include "core/schedule/drift_tracker.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <utility>

namespace mongoose {
namespace {

void Add(std::span<const float> values, std::span<float> to) {
  std::ranges::transform(values, to, to.begin(), std::plus<>());
}

}  // namespace

DriftTracker::DriftTracker(std::size_t num_rows, StalenessModel model,
                           float row_threshold, float hash_threshold)
    : model_(model),
      row_threshold_(row_threshold),
      hash_threshold_(hash_threshold),
      drifts_(num_rows, 0.0F),
      displacements_(hash_threshold > 0 ? num_rows * kDisplacementDims : 0,
                     0.0F),
      reported_(num_rows, 0.0F),
      norms_(num_rows, 0.0F),
      predicted_(num_rows, 0.0F),
      moved_(num_rows, 0) {}

bool DriftTracker::IsFar(RowId row) const {
  if (!needs_displacements()) return true;
  double square = 0;
  const float* const displacement = &displacements_[row * kDisplacementDims];
  for (std::size_t i = 0; i < kDisplacementDims; ++i) {
    square += double{displacement[i]} * double{displacement[i]};
  }
  const double limit = double{hash_threshold_} * double{norms_[row]};
  // Far too if it is too large to measure.
  return square != 0 && !(square < limit * limit);
}

void DriftTracker::Count(RowId row, std::ptrdiff_t sign) {
  if (!IsDirty(row)) return;
  num_dirty_rows_ += static_cast<std::size_t>(sign);
  if (IsFar(row)) num_far_rows_ += static_cast<std::size_t>(sign);
}

void DriftTracker::Predict(RowId row) {
  predicted_[row] =
      model_.Share(drifts_[row] + model_.DriftOf(reported_[row], norms_[row]));
}

template <typename Change>
void DriftTracker::ChangeRow(RowId row, Change change) {
  predicted_sum_ -= predicted_[row];
  Count(row, -1);
  change(row);
  Predict(row);
  predicted_sum_ += predicted_[row];
  Count(row, 1);
}

void DriftTracker::Observe(std::span<const RowMove> moves,
                           std::span<const float> displacements) {
  assert(displacements.size() ==
         (needs_displacements() ? moves.size() * kDisplacementDims : 0));
  for (std::size_t i = 0; i < moves.size(); ++i) {
    const RowMove& move = moves[i];
    ChangeRow(move.row, [&](RowId row) {
      if (needs_displacements()) {
        Add(displacements.subspan(i * kDisplacementDims, kDisplacementDims),
            displacement(row));
      }
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
  for (const RowId row : rows) {
    if (moved_[row] == 0) continue;
    if (IsFar(row)) TakeDisplacement(row, taken);
    TakeDrift(row, taken);
  }
  return taken;
}

DriftTracker::Taken DriftTracker::TakeAll() {
  Taken taken{.all = true};
  for (std::size_t i = 0; i < moved_.size(); ++i) {
    if (moved_[i] == 0) continue;
    const auto row = static_cast<RowId>(i);
    taken.rows.push_back(row);
    taken.drifts.push_back(std::exchange(drifts_[row], 0.0F));
    moved_[row] = 0;
    Predict(row);
  }
  taken.displacements = std::exchange(
      displacements_, std::vector<float>(displacements_.size(), 0.0F));
  Recount();
  return taken;
}

void DriftTracker::TakeDrift(RowId row, Taken& taken) {
  taken.rows.push_back(row);
  taken.drifts.push_back(drifts_[row]);
  ChangeRow(row, [this](RowId changed) {
    drifts_[changed] = 0;
    moved_[changed] = 0;
  });
}

void DriftTracker::TakeDisplacement(RowId row, Taken& taken) {
  taken.far.push_back(row);
  if (!needs_displacements()) return;
  const auto values = displacement(row);
  taken.displacements.insert(taken.displacements.end(), values.begin(),
                             values.end());
  ChangeRow(row, [&](RowId) { std::ranges::fill(values, 0.0F); });
}

void DriftTracker::GiveBack(const Taken& taken) {
  for (std::size_t i = 0; i < taken.rows.size(); ++i) {
    const RowId row = taken.rows[i];
    drifts_[row] += taken.drifts[i];
    moved_[row] = 1;
    Predict(row);
  }
  const std::span displacements(taken.displacements);
  if (taken.all) {
    Add(displacements, displacements_);
  } else {
    for (std::size_t i = 0; i * kDisplacementDims < displacements.size(); ++i) {
      Add(displacements.subspan(i * kDisplacementDims, kDisplacementDims),
          displacement(taken.far[i]));
    }
  }
  Recount();
}

void DriftTracker::SetCalibration(float ratio) {
  calibration_ = ratio;
  Recount();
}

void DriftTracker::Recount() {
  predicted_sum_ = 0;
  num_dirty_rows_ = 0;
  num_far_rows_ = 0;
  for (std::size_t i = 0; i < moved_.size(); ++i) {
    const auto row = static_cast<RowId>(i);
    predicted_sum_ += predicted_[row];
    Count(row, 1);
  }
}

std::size_t DriftTracker::bytes() const {
  return drifts_.size() * (4 * sizeof(float) + sizeof(std::uint8_t)) +
         displacements_.size() * sizeof(float);
}

}  // namespace mongoose
