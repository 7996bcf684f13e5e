#include "core/schedule/staleness_model.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace mongoose {
namespace {

TEST(StalenessModelTest, MatchesTheTableOfRelativeDrift) {
  struct Entry {
    float delta;
    double six_bits, nine_bits, ten_bits;
  };
  for (const Entry& entry :
       {Entry{0.003F, 0.006, 0.009, 0.010}, Entry{0.01F, 0.019, 0.028, 0.031},
        Entry{0.02F, 0.038, 0.056, 0.062}, Entry{0.05F, 0.092, 0.134, 0.148},
        Entry{0.1F, 0.176, 0.252, 0.276}, Entry{0.3F, 0.44, 0.58, 0.62}}) {
    EXPECT_NEAR(PredictStaleShare(TurnAngle(entry.delta, 1), 6), entry.six_bits,
                0.005);
    EXPECT_NEAR(PredictStaleShare(TurnAngle(entry.delta, 1), 9),
                entry.nine_bits, 0.005);
    EXPECT_NEAR(PredictStaleShare(TurnAngle(entry.delta, 1), 10),
                entry.ten_bits, 0.005);
  }
}

TEST(StalenessModelTest, NoMovementIsNoStaleness) {
  EXPECT_EQ(PredictStaleShare(TurnAngle(0, 1), 9), 0.0F);
  EXPECT_EQ(PredictStaleShare(TurnAngle(0, 0), 9), 0.0F);
}

TEST(StalenessModelTest, OnlyTheRatioOfMovementToLengthCounts) {
  EXPECT_FLOAT_EQ(PredictStaleShare(TurnAngle(0.2F, 2), 9),
                  PredictStaleShare(TurnAngle(10, 100), 9));
}

TEST(StalenessModelTest, GrowsWithMovementAndBits) {
  for (float moved = 0.01F; moved < 10; moved *= 2) {
    EXPECT_LT(PredictStaleShare(TurnAngle(moved, 1), 8),
              PredictStaleShare(TurnAngle(moved * 2, 1), 8));
    EXPECT_LT(PredictStaleShare(TurnAngle(moved, 1), 8),
              PredictStaleShare(TurnAngle(moved, 1), 9));
  }
}

TEST(StalenessModelTest, ARowOfLengthZeroIsStaleOnceItMoves) {
  EXPECT_NEAR(PredictStaleShare(TurnAngle(1, 0), 8), 1 - std::pow(0.5, 8),
              1e-6);
}

TEST(StalenessModelTest, StaysAShareForTheLargestNumbers) {
  const float max = std::numeric_limits<float>::max();
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float moved : {1e-30F, 1.0F, max, infinity}) {
    for (const float norm : {0.0F, 1e-30F, max, infinity}) {
      const float share = PredictStaleShare(TurnAngle(moved, norm), 16);
      EXPECT_TRUE(share >= 0 && share <= 1) << moved << " of " << norm;
    }
  }
}

TEST(StalenessModelTest, OfValuesCountsLengthAsWellAsTurn) {
  const StalenessModel model = StalenessModel::OfValues();
  const RowMove grown = {.angle = 0, .distance = 0.5F, .norm = 2};
  EXPECT_FLOAT_EQ(model.DriftOf(grown), 0.25F);
  EXPECT_FLOAT_EQ(model.Share(model.DriftOf(grown)), 0.25F);
  EXPECT_EQ(StalenessModel::OfCodes(9).DriftOf(grown), 0);
  EXPECT_FLOAT_EQ(model.DriftOf(0.5F, 2), 0.25F);
}

TEST(StalenessModelTest, OfValuesIsAShareForAnyMove) {
  const StalenessModel model = StalenessModel::OfValues();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float distance : {0.0F, 1e-30F, 1.0F, 1e30F, kInfinity}) {
    for (const float norm : {0.0F, 1e-30F, 1.0F, 1e30F, kInfinity}) {
      const float drift = model.DriftOf(distance, norm);
      EXPECT_GE(drift, 0) << distance << " of " << norm;
      EXPECT_LE(drift, 1) << distance << " of " << norm;
    }
  }
  EXPECT_EQ(model.DriftOf(1, 0), 1);
  EXPECT_EQ(model.DriftOf(1, kInfinity), 1);
  EXPECT_EQ(model.DriftOf(0, 0), 0);
  EXPECT_EQ(model.Share(3), 1);
}

}  // namespace
}  // namespace mongoose
