#include "core/learn/adam.h"

#include <cassert>
#include <cmath>
#include <cstddef>
#include <utility>

namespace mongoose {

void Adam::Set(std::vector<float> start) {
  values_ = std::move(start);
  means_.assign(values_.size(), 0.0F);
  squares_.assign(values_.size(), 0.0F);
  steps_ = 0;
}

void Adam::Step(std::span<const float> gradient) {
  constexpr float kMeanDecay = 0.9F;
  constexpr float kSquareDecay = 0.999F;
  constexpr float kTiny = 1e-8F;
  assert(gradient.size() == values_.size());
  ++steps_;
  const auto t = static_cast<float>(steps_);
  const float rate = learning_rate_ / (1 - std::pow(kMeanDecay, t));
  const float unbias = 1 / (1 - std::pow(kSquareDecay, t));
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const float g = gradient[i];
    means_[i] = kMeanDecay * means_[i] + (1 - kMeanDecay) * g;
    squares_[i] = kSquareDecay * squares_[i] + (1 - kSquareDecay) * g * g;
    values_[i] -= rate * means_[i] / (std::sqrt(squares_[i] * unbias) + kTiny);
  }
}

}  // namespace mongoose
