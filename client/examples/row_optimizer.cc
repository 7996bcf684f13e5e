#include "client/examples/row_optimizer.h"

#include <algorithm>
#include <cmath>

namespace mongoose::examples {

RowOptimizer::RowOptimizer(const OptimizerOptions& options, std::size_t rows,
                           std::size_t cols)
    : options_(options),
      factors_{options.learning_rate, options.beta1, options.beta2,
               options.epsilon},
      square_(rows, cols) {
  if (options.kind == OptimizerKind::kAdam) {
    mean_.Reshape(rows, cols);
  } else {
    std::ranges::fill(square_.values(), options.initial_accumulator);
  }
}

// With c1 = 1 - beta1^t and c2 = 1 - beta2^t, Adam's step is
// lr * (m / c1) / (sqrt(v / c2) + eps) =
// (lr * sqrt(c2) / c1) * m / (sqrt(v) + eps * sqrt(c2)).
void RowOptimizer::SetSteps(std::uint64_t steps) {
  steps_ = steps;
  const auto t = static_cast<double>(steps);
  const double c1 = 1 - std::pow(static_cast<double>(options_.beta1), t);
  const double root_c2 =
      std::sqrt(1 - std::pow(static_cast<double>(options_.beta2), t));
  const double rate = options_.learning_rate;
  factors_.step_size = static_cast<float>(c1 > 0 ? rate * root_c2 / c1 : 0);
  factors_.epsilon = static_cast<float>(options_.epsilon * root_c2);
}

void RowOptimizer::UpdateRow(std::size_t row, std::span<const float> gradient,
                             std::span<float> weights) {
  float* square = square_.row(row).data();
  if (options_.kind == OptimizerKind::kAdam) {
    ApplyAdam(factors_, gradient, weights.data(), mean_.row(row).data(),
              square);
  } else {
    ApplyAdagrad(options_.learning_rate, gradient, weights.data(), square);
  }
}

}  // namespace mongoose::examples
