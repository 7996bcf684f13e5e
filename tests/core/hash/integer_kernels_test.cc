#include "core/hash/integer_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/matrix.h"
#include "tests/support/simd_targets.h"

namespace mongoose {
namespace {

using test_support::ForEachSimdTarget;
using test_support::GaussianMatrix;
using test_support::IntegerMatrix;
using test_support::Matrix;

TEST(RoundToAmplitudeTest, StepTimesNumberIsWithinHalfAStepOfTheValue) {
  for (const int amplitude : {63, 127}) {
    for (const std::size_t size : {1U, 15U, 16U, 129U}) {
      const Matrix x = GaussianMatrix(1, size, size);
      ForEachSimdTarget([&] {
        std::vector<std::int8_t> out(size);
        const float step = RoundToAmplitude(x.row(0), amplitude, out.data());
        const float largest = std::abs(*std::ranges::max_element(
            x.values, {}, [](float v) { return std::abs(v); }));
        ASSERT_EQ(step, largest / static_cast<float>(amplitude));
        for (std::size_t i = 0; i < size; ++i) {
          ASSERT_NEAR(step * static_cast<float>(out[i]), x.values[i],
                      0.5001F * step);
        }
      });
    }
  }
}

TEST(RoundToAmplitudeTest, TheStepOfZerosIsZero) {
  std::vector<std::int8_t> out(20, 7);
  EXPECT_EQ(RoundToAmplitude(std::vector<float>(20, 0.0F), 127, out.data()),
            0.0F);
  EXPECT_EQ(out, std::vector<std::int8_t>(20, 0));
}

std::size_t NaiveLargest(const Matrix& products, const Matrix& weights) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < products.values.size(); ++i) {
    if (products.values[i] * weights.values[i] >
        products.values[best] * weights.values[best]) {
      best = i;
    }
  }
  return best;
}

TEST(LargestWeightedTest, TheLeastOfManyTiesWinsOnEveryTarget) {
  for (std::size_t size = 16; size <= 256; size += 16) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      const Matrix products = IntegerMatrix(1, size, seed, 3);
      const Matrix weights = IntegerMatrix(1, size, seed + 100, 3);
      const std::size_t expected = NaiveLargest(products, weights);
      ForEachSimdTarget([&] {
        ASSERT_EQ(LargestWeighted(products.values, weights.values), expected);
      });
    }
  }
}

TEST(LargestWeightedTest, FindsTheLargestWhereverItIs) {
  for (std::size_t place = 0; place < 64; ++place) {
    std::vector<float> products(64, -2.0F);
    const std::vector<float> weights(64, 3.0F);
    products[place] = -1.0F;
    ForEachSimdTarget(
        [&] { ASSERT_EQ(LargestWeighted(products, weights), place); });
  }
}

TEST(LargestWeightedTest, WeightsCount) {
  std::vector<float> products(16, 1.0F);
  std::vector<float> weights(16, 1.0F);
  products[3] = 5;
  weights[9] = 6;
  ForEachSimdTarget([&] { EXPECT_EQ(LargestWeighted(products, weights), 9U); });
}

}  // namespace
}  // namespace mongoose
