#ifndef MONGOOSE_CORE_SCHEDULE_STALENESS_MODEL_H_
#define MONGOOSE_CORE_SCHEDULE_STALENESS_MODEL_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "core/schedule/row_move.h"

namespace mongoose {

// The predicted share of a row's table entries whose code has changed, after
// the row turned by `angle` radians.
//
// Each SimHash bit flips with probability angle / pi [Charikar 2002], so an
// entry of K bits is stale with 1 - (1 - angle / pi)^K.
inline float PredictStaleShare(float angle, std::size_t bits_per_table) {
  const double flip = std::clamp(angle / std::numbers::pi_v<float>, 0.0F, 1.0F);
  return static_cast<float>(
      1.0 - std::pow(1.0 - flip, static_cast<double>(bits_per_table)));
}

// The angle by which a row of norm `norm` turned if it moved by `distance`
// perpendicular to itself, in [0, pi / 2]; pi / 2 for a row of norm 0.
inline float TurnAngle(float distance, float norm) {
  constexpr float kRight = std::numbers::pi_v<float> / 2;
  if (distance <= 0.0F) return 0.0F;
  const float angle = std::atan2(distance, norm);
  return std::isfinite(angle) ? std::min(angle, kRight) : kRight;
}

// `distance` as a share of `norm`, in [0, 1]; 1 for a row that moved and whose
// norm is 0 or too large to measure.
inline float RelativeDistance(float distance, float norm) {
  if (distance <= 0.0F) return 0.0F;
  const float share = distance / norm;
  return std::isfinite(norm) && share < 1.0F ? share : 1.0F;
}

// What makes a row stale: for hash tables, that its codes have changed; where
// values are kept beside the codes, that they are no longer the row's, by turn
// or by length.
class StalenessModel {
 public:
  // Staleness is the share of entries whose code has changed.
  static StalenessModel OfCodes(std::size_t bits_per_table) {
    return StalenessModel(bits_per_table);
  }
  // Staleness is the distance between the row and the values kept, relative
  // to the row's norm.
  static StalenessModel OfValues() { return StalenessModel(0); }

  // What moves add up in: radians turned, or relative distance.
  float DriftOf(const RowMove& move) const {
    return of_values() ? RelativeDistance(move.distance, move.norm)
                       : move.angle;
  }
  // The same of a move in an unknown direction.
  float DriftOf(float distance, float norm) const {
    return of_values() ? RelativeDistance(distance, norm)
                       : TurnAngle(distance, norm);
  }
  // Predicted staleness after `drift`, [0, 1].
  float Share(float drift) const {
    return of_values() ? std::min(drift, 1.0F)
                       : PredictStaleShare(drift, bits_per_table_);
  }

 private:
  explicit StalenessModel(std::size_t bits_per_table)
      : bits_per_table_(bits_per_table) {}
  bool of_values() const { return bits_per_table_ == 0; }

  std::size_t bits_per_table_;  // 0: of values
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_SCHEDULE_STALENESS_MODEL_H_
