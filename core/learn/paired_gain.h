#ifndef MONGOOSE_CORE_LEARN_PAIRED_GAIN_H_
#define MONGOOSE_CORE_LEARN_PAIRED_GAIN_H_

#include <span>

namespace mongoose {

// What a mean gain must reach.
struct GainMargin {
  double least = 0;   // itself
  double errors = 2;  // times its standard error; more where one of many arms
                      // was chosen for its gain
};

// Whether gains, each measured on the same case for two arms, are above zero in
// the mean, by both margins.  False for fewer than two.
bool IsGain(std::span<const double> gains, const GainMargin& margin);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_PAIRED_GAIN_H_
