#include "core/base/counter_rng.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using Block = std::array<std::uint32_t, 4>;

// The known answers that come with Random123.
TEST(Philox4x32Test, MatchesTheKnownAnswers) {
  constexpr std::uint32_t kOnes = 0xFFFFFFFFU;
  EXPECT_EQ(Philox4x32({0, 0, 0, 0}, {0, 0}),
            (Block{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}));
  EXPECT_EQ(Philox4x32({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Block{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD}));
  EXPECT_EQ(Philox4x32({0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344},
                       {0xA4093822, 0x299F31D0}),
            (Block{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1}));
}

TEST(CounterRngTest, StartsWithTheBlockOfCounterZero) {
  CounterRng rng(0, 0);
  for (const std::uint32_t word :
       {0x6627E8D5U, 0xE169C58DU, 0xBC57AC4CU, 0x9B00DBD8U}) {
    EXPECT_EQ(rng.NextBits(), word);
  }
}

TEST(CounterRngTest, TheSameArgumentsGiveTheSameSequence) {
  CounterRng a(7, 9);
  CounterRng b(7, 9);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(a.NextBits(), b.NextBits());
}

TEST(CounterRngTest, OtherSeedsAndStreamsGiveOtherSequences) {
  const std::uint64_t high = std::uint64_t{1} << 40;
  CounterRng base(1, 1);
  const std::uint32_t first = base.NextBits();
  EXPECT_NE(CounterRng(2, 1).NextBits(), first);
  EXPECT_NE(CounterRng(1, 2).NextBits(), first);
  EXPECT_NE(CounterRng(1 + high, 1).NextBits(), first);
  EXPECT_NE(CounterRng(1, 1 + high).NextBits(), first);
}

TEST(CounterRngTest, NextBelowIsUniformOverItsRange) {
  CounterRng rng(3, 0);
  constexpr std::uint32_t kBound = 7;
  constexpr int kDraws = 70000;
  std::vector<int> counts(kBound, 0);
  for (int i = 0; i < kDraws; ++i) ++counts[rng.NextBelow(kBound)];
  // 4 standard deviations of a binomial count.
  for (const int count : counts) EXPECT_NEAR(count, 10000, 4 * 93);
}

TEST(CounterRngTest, NextBelowOneIsZero) {
  CounterRng rng(3, 1);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rng.NextBelow(1), 0U);
}

TEST(CounterRngTest, UniformLiesStrictlyBetweenZeroAndOneWithMeanOneHalf) {
  CounterRng rng(4, 0);
  std::vector<double> draws(20000);
  for (double& draw : draws) {
    draw = rng.NextUniform();
    ASSERT_GT(draw, 0.0);
    ASSERT_LT(draw, 1.0);
  }
  const auto estimate = test_support::EstimateMean(draws);
  EXPECT_NEAR(estimate.mean, 0.5, 3 * estimate.standard_error);
}

TEST(CounterRngTest, GaussianHasTheMomentsOfANormal) {
  CounterRng rng(5, 0);
  std::vector<double> first(20000), second(20000), fourth(20000);
  for (std::size_t i = 0; i < first.size(); ++i) {
    first[i] = rng.NextGaussian();
    second[i] = first[i] * first[i];
    fourth[i] = second[i] * second[i];
  }
  const auto check = [](const std::vector<double>& sample, double moment) {
    const auto estimate = test_support::EstimateMean(sample);
    EXPECT_NEAR(estimate.mean, moment, 3.5 * estimate.standard_error);
  };
  check(first, 0);
  check(second, 1);
  check(fourth, 3);
}

TEST(CounterRngTest, SignsAreBalanced) {
  CounterRng rng(6, 0);
  float sum = 0;
  for (int i = 0; i < 10000; ++i) sum += rng.NextSign();
  EXPECT_LT(std::abs(sum), 300);
}

}  // namespace
}  // namespace mongoose
