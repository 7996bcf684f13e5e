#include "client/examples/row_optimizer.h"

#include <cmath>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "tests/client/examples/naive_softmax.h"

namespace mongoose::examples {
namespace {

constexpr std::size_t kCols = 129;  // whole vectors and one value more

TEST(RowOptimizerTest, AdamMatchesItsDefinition) {
  RowOptimizer optimizer({.kind = OptimizerKind::kAdam, .learning_rate = 0.1F},
                         1, kCols);
  DenseMatrix weights(1, kCols);
  std::vector<double> expected(kCols, 0.0), mean(kCols, 0.0), square = mean;
  for (int t = 1; t <= 10; ++t) {
    const DenseMatrix gradient = RandomMatrix(1, kCols, std::uint64_t(t));
    optimizer.BeginStep();
    optimizer.UpdateRow(0, gradient.row(0), weights.row(0));
    for (std::size_t i = 0; i < kCols; ++i) {
      const double g = static_cast<double>(gradient.row(0)[i]);
      mean[i] = 0.9 * mean[i] + 0.1 * g;
      square[i] = 0.999 * square[i] + 0.001 * g * g;
      expected[i] -= 0.1 * mean[i] / (1 - std::pow(0.9, t)) /
                     (std::sqrt(square[i] / (1 - std::pow(0.999, t))) + 1e-8);
      ASSERT_NEAR(static_cast<double>(weights.row(0)[i]), expected[i], 1e-4);
    }
  }
}

TEST(RowOptimizerTest, AdagradMatchesItsDefinition) {
  RowOptimizer optimizer({.learning_rate = 0.1F, .initial_accumulator = 0.25F},
                         1, kCols);
  DenseMatrix weights(1, kCols);
  std::vector<double> expected(kCols, 0.0), square(kCols, 0.25);
  for (std::uint64_t t = 1; t <= 10; ++t) {
    const DenseMatrix gradient = RandomMatrix(1, kCols, t);
    optimizer.BeginStep();
    optimizer.UpdateRow(0, gradient.row(0), weights.row(0));
    for (std::size_t i = 0; i < kCols; ++i) {
      const double g = static_cast<double>(gradient.row(0)[i]);
      square[i] += g * g;
      expected[i] -= 0.1 * g / std::sqrt(square[i]);
      ASSERT_NEAR(static_cast<double>(weights.row(0)[i]), expected[i], 1e-5);
    }
  }
}

}  // namespace
}  // namespace mongoose::examples
