#include "client/examples/inclusion_rates.h"

#include <algorithm>
#include <cmath>

namespace mongoose::examples {

std::vector<float> InclusionRates::CountBatch(
    std::span<const std::uint32_t> ids, double exponent) {
  constexpr float kDecay = 1 - 1 / static_cast<float>(kHorizon);
  const float log_decay = std::log(kDecay);
  const std::span<float> all = state_.row(state_.rows() - 1);
  all[0] = all[0] * kDecay + 1;
  all[1] += 1;
  std::vector<float> log_weights;
  log_weights.reserve(ids.size());
  for (const std::uint32_t id : ids) {
    const std::span<float> row = state_.row(id);
    row[0] = row[0] * std::exp(log_decay * (all[1] - row[1])) + 1;
    row[1] = all[1];
    const double rate = std::min(1.0, double{row[0]} / double{all[0]});
    log_weights.push_back(static_cast<float>(-exponent * std::log(rate)));
  }
  return log_weights;
}

}  // namespace mongoose::examples
