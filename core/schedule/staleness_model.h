#ifndef MONGOOSE_CORE_SCHEDULE_STALENESS_MODEL_H_
#define MONGOOSE_CORE_SCHEDULE_STALENESS_MODEL_H_

#include <cmath>
#include <cstddef>
#include <numbers>

namespace mongoose {

// The predicted share of a row's table entries whose code has changed.
//
// A row w that moved by `distance` perpendicular to itself has turned by
// theta = atan(distance / |w|); each SimHash bit flips with probability
// theta / pi [Charikar 2002], so an entry of K bits is stale with
// 1 - (1 - theta / pi)^K.  A row of norm 0 is stale once it moves.
inline float PredictStaleShare(float distance, float norm,
                               std::size_t bits_per_table) {
  if (distance <= 0.0F) return 0.0F;
  const double flip = std::atan2(distance, norm) / std::numbers::pi;
  return static_cast<float>(
      1.0 - std::pow(1.0 - flip, static_cast<double>(bits_per_table)));
}

}  // namespace mongoose

#endif  // MONGOOSE_CORE_SCHEDULE_STALENESS_MODEL_H_
