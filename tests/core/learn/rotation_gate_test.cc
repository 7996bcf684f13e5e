#include "core/learn/rotation_gate.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/planted_sequences.h"

namespace mongoose {
namespace {

using test_support::PlantedSequences;
using ::testing::HasSubstr;

const std::vector<double> kLow = {0.30, 0.32, 0.28, 0.31};
const std::vector<double> kHigh = {0.40, 0.43, 0.37, 0.41};

TEST(JudgeRotations, AdoptsWhatBeatsBoth) {
  const GateVerdict verdict = JudgeRotations(kLow, kHigh, kLow, 0.01);
  EXPECT_TRUE(verdict.adopt) << verdict.reason;
  EXPECT_NEAR(verdict.current.all, 0.3025, 1e-9);
  EXPECT_NEAR(verdict.candidate.all, 0.4025, 1e-9);
  EXPECT_NEAR(verdict.hot_list.all, 0.3025, 1e-9);
  EXPECT_EQ(verdict.queries, 4U);
}

TEST(JudgeRotations, RefusesWhatIsNoBetterThanEither) {
  EXPECT_THAT(JudgeRotations(kHigh, kHigh, kLow, 0).reason,
              HasSubstr("refused, no better than the current"));
  EXPECT_THAT(JudgeRotations(kLow, kHigh, kHigh, 0).reason,
              HasSubstr("refused, no better than random"));
}

TEST(JudgeRotations, RefusesAGainBelowTheMarginOrItsError) {
  EXPECT_FALSE(JudgeRotations(kLow, kHigh, kLow, 0.2).adopt);
  const std::vector<double> wild = {0.9, 0.1, 0.2, 0.1};
  EXPECT_FALSE(JudgeRotations(kLow, wild, kLow, 0).adopt);
}

TEST(StrongShare, TellsPlantedFromEvenAttention) {
  const PlantedSequences planted(4, 64, 1);
  const auto heads = planted.judged(8);
  EXPECT_GT(StrongShare({.heads = heads}), 0.05);
  const std::vector<float> zeros(64 * 4, 0.0F);
  const std::vector<JudgedHead> even = {{.vectors = {zeros, 64, 4}}};
  EXPECT_EQ(StrongShare({.heads = even}), 0);
}

TEST(CapturedShares, DirectionsThatAreAllTheSameKeepNoMoreThanAnyOrder) {
  const PlantedSequences planted(8, 64, 1);
  const auto heads = planted.judged(8);
  const RotationCase judged{.heads = heads, .num_buckets = 16};
  const RotationShape shape{.dim = PlantedSequences::kDim, .max_buckets = 16};
  const std::vector<float> same(8 * PlantedSequences::kDim, 1.0F);
  // In order of position: a chunk and the one before are 1.9 of 8.
  EXPECT_LT(MeanShare(CapturedShares(judged, Rotations(shape, same))), 0.3);
}

}  // namespace
}  // namespace mongoose
