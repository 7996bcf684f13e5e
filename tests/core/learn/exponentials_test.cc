#include "core/learn/exponentials.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/matrix.h"

namespace mongoose {
namespace {

TEST(ExponentiateTest, IsTheSoftmaxWithoutItsDivision) {
  for (const std::size_t count : {1, 7, 16, 33, 512}) {
    for (const float scale : {0.0F, 0.01F, 1.0F, 30.0F}) {
      const auto values = test_support::GaussianMatrix(1, count, count);
      std::vector<float> powers(values.row(0).begin(), values.row(0).end());
      const ExponentialSum all = Exponentiate(scale, powers);
      EXPECT_FLOAT_EQ(all.largest, scale * std::ranges::max(values.row(0)));
      double sum = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const double power = std::exp(double{scale} * double{values.row(0)[i]} -
                                      double{all.largest});
        EXPECT_NEAR(powers[i], power, 1e-5) << count << " " << scale;
        sum += power;
      }
      EXPECT_NEAR(all.sum, sum, 1e-5 * static_cast<double>(count));
    }
  }
}

TEST(ExponentiateTest, LargeValuesNeitherOverflowNorVanish) {
  std::vector<float> values = {-3e38F, 3e38F, 3e38F, 0.0F};
  const ExponentialSum all = Exponentiate(1, values);
  EXPECT_EQ(all.largest, 3e38F);
  EXPECT_EQ(all.sum, 2.0F);
  EXPECT_EQ(values, (std::vector<float>{0, 1, 1, 0}));
}

}  // namespace
}  // namespace mongoose
