#include "core/learn/direction_loss.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/matrix.h"

namespace mongoose {
namespace {

constexpr std::size_t kBitsPerTable = 4;
constexpr std::size_t kTables = 3;
constexpr std::size_t kBits = kBitsPerTable * kTables;

using Triplet = std::array<std::vector<double>, 3>;  // query, wanted, other

// The definition, in double precision.
double LossOf(DirectionLoss loss, const Triplet& bits) {
  double sum = 0;
  for (std::size_t table = 0; table < kTables; ++table) {
    double wanted = 0;
    double other = 0;
    for (std::size_t i = 0; i < kBitsPerTable; ++i) {
      const std::size_t bit = table * kBitsPerTable + i;
      wanted += bits[0][bit] * bits[1][bit];
      other += bits[0][bit] * bits[2][bit];
    }
    sum += loss == DirectionLoss::kTriplet
               ? std::max(0.0, 0.5 - (wanted - other) / kBitsPerTable)
               : (std::log1p(std::exp(-wanted)) + std::log1p(std::exp(other))) /
                     kBitsPerTable;
  }
  return sum;
}

class DirectionLossTest : public ::testing::TestWithParam<DirectionLoss> {};

TEST_P(DirectionLossTest, GradientsAreThoseOfTheDefinition) {
  const auto values = test_support::GaussianMatrix(3, kBits, 5);
  Triplet bits;
  std::array<std::vector<float>, 3> gradients;
  for (std::size_t k = 0; k < 3; ++k) {
    for (const float value : values.row(k)) {
      gradients[k].push_back(std::tanh(value));
      bits[k].push_back(gradients[k].back());
    }
  }
  LossGradients(GetParam(), kBitsPerTable, gradients[0], gradients[1],
                gradients[2]);
  constexpr double kStep = 1e-5;
  bool all_zero = true;
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t bit = 0; bit < kBits; ++bit) {
      Triplet above = bits;
      Triplet below = bits;
      above[k][bit] += kStep;
      below[k][bit] -= kStep;
      const double slope =
          (LossOf(GetParam(), above) - LossOf(GetParam(), below)) / (2 * kStep);
      EXPECT_NEAR(gradients[k][bit], slope, 1e-5) << k << " " << bit;
      all_zero = all_zero && gradients[k][bit] == 0;
    }
  }
  EXPECT_FALSE(all_zero);
}

INSTANTIATE_TEST_SUITE_P(All, DirectionLossTest,
                         ::testing::Values(DirectionLoss::kTriplet,
                                           DirectionLoss::kPairwise));

TEST(LossGradientsTest, ATripletThatKeepsTheMarginHasNoGradient) {
  std::vector<float> query(kBitsPerTable, 1.0F);
  std::vector<float> wanted(kBitsPerTable, 1.0F);
  std::vector<float> other(kBitsPerTable, -1.0F);
  LossGradients(DirectionLoss::kTriplet, kBitsPerTable, query, wanted, other);
  for (const auto& gradient : {query, wanted, other}) {
    EXPECT_EQ(gradient, std::vector<float>(kBitsPerTable, 0.0F));
  }
}

}  // namespace
}  // namespace mongoose
