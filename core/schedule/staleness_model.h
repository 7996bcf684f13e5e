#ifndef MONGOOSE_CORE_SCHEDULE_STALENESS_MODEL_H_
#define MONGOOSE_CORE_SCHEDULE_STALENESS_MODEL_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

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

}  // namespace mongoose

#endif  // MONGOOSE_CORE_SCHEDULE_STALENESS_MODEL_H_
