#include "client/examples/inclusion_rates.h"

#include <algorithm>
#include <cmath>

namespace mongoose::examples {

std::vector<float> InclusionRates::CountBatch(
    std::span<const std::uint32_t> ids, double exponent) {
  constexpr double kDecay = 1 - 1 / kHorizon;
  const double log_decay = std::log(kDecay);
  ++num_batches_;
  sum_of_weights_ = sum_of_weights_ * kDecay + 1;
  std::vector<float> log_weights;
  log_weights.reserve(ids.size());
  for (const std::uint32_t id : ids) {
    Row& row = rows_[id];
    const double age = num_batches_ - row.counted;
    const double sum =
        static_cast<double>(row.sum) * std::exp(log_decay * age) + 1;
    row = {static_cast<float>(sum), num_batches_};
    const double rate = std::min(1.0, sum / sum_of_weights_);
    log_weights.push_back(static_cast<float>(-exponent * std::log(rate)));
  }
  return log_weights;
}

}  // namespace mongoose::examples
