#ifndef MONGOOSE_CORE_LEARN_EXPONENTIALS_H_
#define MONGOOSE_CORE_LEARN_EXPONENTIALS_H_

#include <span>

namespace mongoose {

// ln of the sum of exponentials is largest + ln(sum).
struct ExponentialSum {
  float largest = 0;  // of the values
  float sum = 0;      // of the exponentials relative to it
};

// Replaces each value by exp(scale * value - largest), the largest being that
// of scale * value.  The sum depends on how wide the CPU's registers are.  NaN
// among other values counts as 0, infinities give NaN or 0.
// REQUIRES: not empty; scale >= 0.
ExponentialSum Exponentiate(float scale, std::span<float> values);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_EXPONENTIALS_H_
