#ifndef MONGOOSE_CORE_LEARN_PAIRED_GAIN_H_
#define MONGOOSE_CORE_LEARN_PAIRED_GAIN_H_

#include <span>

namespace mongoose {

// Whether gains, each measured on the same case for two arms, are above zero in
// the mean, by `min_gain` and by two standard errors.  False for fewer than
// two.
bool IsGain(std::span<const double> gains, double min_gain);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_PAIRED_GAIN_H_
