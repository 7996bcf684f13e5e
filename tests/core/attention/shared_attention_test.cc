#include "core/attention/shared_attention.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;

TEST(SharedAttention, IsTheSoftmaxOfScaledProductsWithUnitKeys) {
  const std::vector<float> vectors = {1, 0, 0, 2, 3, 4};
  const auto weights = SharedAttention({vectors, 3, 2}, /*causal=*/false);
  // Position 0 sees keys (0, 1) and (0.6, 0.8).
  const double near = std::exp(0.6 / std::sqrt(2.0));
  EXPECT_EQ(weights[0], 0);
  EXPECT_NEAR(weights[1], 1 / (1 + near), 1e-6);
  EXPECT_NEAR(weights[2], near / (1 + near), 1e-6);
}

TEST(SharedAttention, RowsSumToOne) {
  const auto vectors = test_support::GaussianMatrix(40, 8, 1);
  for (const bool causal : {false, true}) {
    const auto weights = SharedAttention({vectors.values, 40, 8}, causal);
    for (std::size_t i = causal ? 1 : 0; i < 40; ++i) {
      const auto row = std::span(weights).subspan(i * 40, 40);
      EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0), 1, 1e-5);
      EXPECT_EQ(row[i], 0);
    }
  }
}

TEST(SharedAttention, CausalPositionsSeeOnlyEarlierOnes) {
  const auto vectors = test_support::GaussianMatrix(10, 4, 2);
  const auto weights = SharedAttention({vectors.values, 10, 4}, true);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_THAT(std::span(weights).subspan(i * 10 + i, 10 - i), Each(0.0F));
  }
  EXPECT_NEAR(weights[10], 1, 1e-6);
}

TEST(SharedAttention, ZerosAttendEvenly) {
  const std::vector<float> vectors(4 * 3, 0.0F);
  const auto weights = SharedAttention({vectors, 4, 3}, false);
  EXPECT_THAT(weights[1], FloatNear(1.0F / 3, 1e-6F));
}

TEST(SharedAttention, ValuesTooLargeToMultiplyGiveZeros) {
  const std::vector<float> vectors(2 * 3, 1e38F);
  EXPECT_THAT(SharedAttention({vectors, 2, 3}, false), Each(0.0F));
}

TEST(KeepStrongAttention, LeavesNothingOfEvenAttention) {
  const std::vector<float> zeros(20 * 3, 0.0F);
  for (const bool causal : {false, true}) {
    auto weights = SharedAttention({zeros, 20, 3}, causal);
    KeepStrongAttention(20, causal, weights);
    // The only key of a position is never strong.
    EXPECT_THAT(weights, Each(0.0F));
  }
}

TEST(KeepStrongAttention, LeavesWhatIsAboveTwiceTheMean) {
  std::vector<float> weights(5 * 5, 0.0F);
  weights[0 * 5 + 1] = 0.9F;
  weights[0 * 5 + 2] = 0.1F;
  KeepStrongAttention(5, /*causal=*/false, weights);
  EXPECT_FLOAT_EQ(weights[1], 0.9F - 2.0F / 4);
  EXPECT_EQ(weights[2], 0);
}

TEST(CapturedShare, IsAllWhereChunksCoverAll) {
  const auto vectors = test_support::GaussianMatrix(12, 4, 3);
  const auto weights = SharedAttention({vectors.values, 12, 4}, false);
  std::vector<std::uint32_t> order(12);
  std::iota(order.begin(), order.end(), 0);
  EXPECT_NEAR(CapturedShare(weights, order, 12, 12), 1, 1e-6);
  EXPECT_NEAR(CapturedShare(weights, order, 12, 6), 1, 1e-6);
  EXPECT_LT(CapturedShare(weights, order, 12, 2), 0.9);
}

// Six positions in order 0 2 4 | 1 3 5 .. by chunks of two: {0, 2}, {4, 1},
// {3, 5}.
TEST(CapturedShare, CountsTheChunkAndTheOneBefore) {
  const std::vector<std::uint32_t> order = {0, 2, 4, 1, 3, 5};
  const auto only = [](std::size_t query, std::size_t key) {
    std::vector<float> weights(36, 0.0F);
    weights[query * 6 + key] = 1;
    return weights;
  };
  EXPECT_EQ(CapturedShare(only(0, 2), order, 6, 2), 1);
  EXPECT_EQ(CapturedShare(only(4, 2), order, 6, 2), 1);
  EXPECT_EQ(CapturedShare(only(2, 4), order, 6, 2), 0);
  EXPECT_EQ(CapturedShare(only(0, 5), order, 6, 2), 1);  // the last before
  EXPECT_EQ(CapturedShare(std::vector<float>(36), order, 6, 2), 0);
}

TEST(CapturedShare, RoundsAddUp) {
  std::vector<float> weights(16, 0.0F);
  weights[0 * 4 + 3] = 0.25F;
  weights[1 * 4 + 2] = 0.75F;
  const std::vector<std::uint32_t> first = {0, 3, 1, 2};
  // Chunks of one: each sees itself and the one before.
  EXPECT_EQ(CapturedShare(weights, first, 4, 1), 0);
  std::vector<std::uint32_t> both = first;
  both.insert(both.end(), {2, 1, 3, 0});
  EXPECT_EQ(CapturedShare(weights, both, 4, 1), 1);
}

}  // namespace
}  // namespace mongoose
