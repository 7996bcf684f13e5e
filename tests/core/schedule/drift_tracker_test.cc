#include "core/schedule/drift_tracker.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedule/staleness_model.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t kBits = 9;

void Move(DriftTracker& tracker, RowId row, float angle, float norm = 1) {
  const std::vector<RowMove> moves = {
      {.row = row, .angle = angle, .distance = angle * norm, .norm = norm}};
  tracker.Observe(moves);
}

void Report(DriftTracker& tracker, RowId row, float distance) {
  const std::vector<ReportedMove> moves = {{row, distance}};
  tracker.ObserveReported(moves);
}

TEST(DriftTrackerTest, StartsFresh) {
  const DriftTracker tracker(5, StalenessModel::OfCodes(kBits), 0);
  EXPECT_EQ(tracker.Staleness(), 0);
  EXPECT_EQ(tracker.num_dirty_rows(), 0U);
  EXPECT_THAT(tracker.MovedRows(0), IsEmpty());
}

TEST(DriftTrackerTest, PredictsByTheModelAndAveragesOverAllRows) {
  DriftTracker tracker(4, StalenessModel::OfCodes(kBits), 0.1F);
  Move(tracker, 1, 0.05F);
  Move(tracker, 3, 0.2F, 2);
  const float first = PredictStaleShare(0.05F, kBits);
  const float second = PredictStaleShare(0.2F, kBits);
  EXPECT_FLOAT_EQ(tracker.RowStaleness(1), first);
  EXPECT_FLOAT_EQ(tracker.RowStaleness(3), second);
  EXPECT_FLOAT_EQ(tracker.Staleness(), (first + second) / 4);
}

TEST(DriftTrackerTest, MovementAddsUp) {
  DriftTracker tracker(1, StalenessModel::OfCodes(kBits), 0.1F);
  for (int i = 0; i < 10; ++i) Move(tracker, 0, 0.01F);
  EXPECT_NEAR(tracker.RowStaleness(0), PredictStaleShare(0.1F, kBits), 1e-5);
}

TEST(DriftTrackerTest, ARowIsDirtyFromItsThresholdOn) {
  DriftTracker tracker(3, StalenessModel::OfCodes(kBits),
                       PredictStaleShare(0.05F, kBits));
  Move(tracker, 0, 0.049F);
  EXPECT_EQ(tracker.num_dirty_rows(), 0U);
  Move(tracker, 1, 0.051F);
  EXPECT_EQ(tracker.num_dirty_rows(), 1U);
  Move(tracker, 0, 0.01F);
  EXPECT_EQ(tracker.num_dirty_rows(), 2U);
}

TEST(DriftTrackerTest, WithoutToleranceEveryTouchedRowIsDirty) {
  DriftTracker tracker(3, StalenessModel::OfCodes(kBits), 0);
  Move(tracker, 2, 0);
  EXPECT_EQ(tracker.num_dirty_rows(), 1U);
  EXPECT_THAT(tracker.MovedRows(0), ElementsAre(2));
}

TEST(DriftTrackerTest, MovedRowsAreThoseFromAThresholdAscending) {
  DriftTracker tracker(9, StalenessModel::OfCodes(kBits), 0.5F);
  Move(tracker, 7, 0.3F);
  Move(tracker, 2, 0.01F);
  Move(tracker, 4, 0.2F);
  EXPECT_THAT(tracker.MovedRows(0.2F), ElementsAre(4, 7));
  EXPECT_THAT(tracker.MovedRows(0), ElementsAre(2, 4, 7));
}

TEST(DriftTrackerTest, TakingRowsStartsTheirDriftAnew) {
  DriftTracker tracker(4, StalenessModel::OfCodes(kBits), 0);
  Move(tracker, 0, 0.3F);
  Move(tracker, 1, 0.2F);
  const std::vector<RowId> rows = {0};
  tracker.Take(rows);
  EXPECT_EQ(tracker.RowStaleness(0), 0);
  EXPECT_THAT(tracker.MovedRows(0), ElementsAre(1));
  EXPECT_EQ(tracker.num_dirty_rows(), 1U);
}

TEST(DriftTrackerTest, GivingBackRestoresTheDriftOnTopOfNewDrift) {
  DriftTracker tracker(2, StalenessModel::OfCodes(kBits), 0.05F);
  Move(tracker, 0, 0.3F);
  const std::vector<RowId> rows = {0};
  const auto taken = tracker.Take(rows);
  Move(tracker, 0, 0.1F);
  tracker.GiveBack(taken);
  EXPECT_FLOAT_EQ(tracker.RowStaleness(0), PredictStaleShare(0.4F, kBits));
  EXPECT_EQ(tracker.num_dirty_rows(), 1U);
}

TEST(DriftTrackerTest, RowsThatNeverMovedAreNotDirtyAfterGivingBack) {
  DriftTracker tracker(4, StalenessModel::OfCodes(kBits), 0);
  Move(tracker, 1, 0.3F);
  const std::vector<RowId> all = {0, 1, 2, 3};
  tracker.GiveBack(tracker.Take(all));
  EXPECT_EQ(tracker.num_dirty_rows(), 1U);
}

TEST(DriftTrackerTest, ReportedRowsAreWantedFromTheThresholdOn) {
  DriftTracker tracker(3, StalenessModel::OfCodes(kBits),
                       PredictStaleShare(0.05F, kBits));
  for (RowId row = 0; row < 3; ++row) Move(tracker, row, 0);
  Report(tracker, 0, 0.02F);
  Report(tracker, 1, 0.06F);
  const std::vector<ReportedMove> asked = {{0, 0}, {1, 0}, {2, 0}};
  EXPECT_THAT(tracker.WantedRows(asked), ElementsAre(1));
  Report(tracker, 0, 0.04F);
  EXPECT_THAT(tracker.WantedRows(asked), ElementsAre(0, 1));
}

TEST(DriftTrackerTest, RowsDueForHashingAreNotWantedForTheirKnownTurns) {
  DriftTracker tracker(2, StalenessModel::OfCodes(kBits),
                       PredictStaleShare(0.05F, kBits));
  Move(tracker, 0, 0.5F);
  Report(tracker, 0, 0.001F);
  const std::vector<ReportedMove> asked = {{0, 0}};
  EXPECT_THAT(tracker.WantedRows(asked), ElementsAre());
}

TEST(DriftTrackerTest, ReportedDriftIsStaleButNotDirtyUntilValuesArrive) {
  DriftTracker tracker(2, StalenessModel::OfCodes(kBits), 0.05F);
  Move(tracker, 0, 0);
  const std::vector<RowId> rows = {0};
  tracker.Take(rows);
  Report(tracker, 0, 0.5F);
  EXPECT_GT(tracker.Staleness(), 0.1F);
  EXPECT_EQ(tracker.num_dirty_rows(), 0U);
  Move(tracker, 0, 0.5F);
  EXPECT_EQ(tracker.num_dirty_rows(), 1U);
}

TEST(DriftTrackerTest, ValuesReplaceWhatWasReported) {
  DriftTracker tracker(1, StalenessModel::OfCodes(kBits), 0.05F);
  Report(tracker, 0, 0.5F);
  Move(tracker, 0, 0.01F);
  EXPECT_FLOAT_EQ(tracker.RowStaleness(0), PredictStaleShare(0.01F, kBits));
}

TEST(DriftTrackerTest, CalibrationScalesStalenessAndDirtiness) {
  DriftTracker tracker(2, StalenessModel::OfCodes(kBits), 0.05F);
  Move(tracker, 0, 0.03F);
  const float raw = tracker.RowStaleness(0);
  ASSERT_EQ(tracker.num_dirty_rows(), 1U);
  tracker.SetCalibration(0.5F);
  EXPECT_FLOAT_EQ(tracker.RowStaleness(0), raw / 2);
  EXPECT_FLOAT_EQ(tracker.Staleness(), raw / 4);
  EXPECT_FLOAT_EQ(tracker.PredictedShare(0), raw);
  EXPECT_EQ(tracker.num_dirty_rows(), 0U);
}

// Scaling a row keeps its code, so it must keep its staleness.
TEST(DriftTrackerTest, GrowthAfterwardsDoesNotHideDrift) {
  DriftTracker tracker(1, StalenessModel::OfCodes(kBits), 0.05F);
  Move(tracker, 0, 0.1F, 1);
  const float before = tracker.RowStaleness(0);
  Move(tracker, 0, 0, 10);
  EXPECT_NEAR(tracker.RowStaleness(0), before, 0.1 * before);
}

TEST(DriftTrackerTest, SumsStayTrueOverALongRandomStream) {
  constexpr std::size_t kRows = 50;
  DriftTracker tracker(kRows, StalenessModel::OfCodes(kBits), 0.05F);
  CounterRng rng(1, 1);
  for (int step = 0; step < 20000; ++step) {
    const RowId row = rng.NextBelow(kRows);
    const auto size = static_cast<float>(rng.NextUniform());
    if (step % 3 == 0) Report(tracker, row, size * 0.1F);
    if (step % 3 != 0) Move(tracker, row, size * 0.1F, 1 + size);
    if (step % 100 == 0) tracker.Take(tracker.MovedRows(0.3F));
  }
  double sum = 0;
  for (RowId row = 0; row < kRows; ++row)
    sum += double{tracker.RowStaleness(row)};
  EXPECT_NEAR(tracker.Staleness(), sum / kRows, 1e-5);
  EXPECT_EQ(tracker.num_dirty_rows(), tracker.MovedRows(0.05F).size());
}

TEST(DriftTrackerTest, OfValuesARowThatOnlyGrowsBecomesDirty) {
  const std::vector<RowMove> growth = {
      {.row = 1, .angle = 0, .distance = 0.06F, .norm = 1}};
  DriftTracker of_codes(2, StalenessModel::OfCodes(kBits), 0.1F);
  DriftTracker of_values(2, StalenessModel::OfValues(), 0.1F);
  for (DriftTracker* tracker : {&of_codes, &of_values}) {
    tracker->Observe(growth);
    tracker->Observe(growth);
  }
  EXPECT_EQ(of_codes.num_dirty_rows(), 0U);
  EXPECT_EQ(of_values.num_dirty_rows(), 1U);
  EXPECT_FLOAT_EQ(of_values.RowStaleness(1), 0.12F);
}

// Of values, rows are to be hashed when they are half their norm away from
// where they were hashed.
class HashThresholdTest : public ::testing::Test {
 protected:
  // The row moves by `distance`, forth or back in one direction.
  void Shift(RowId row, float distance) {
    const std::vector<RowMove> moves = {
        {.row = row, .distance = std::abs(distance), .norm = 1}};
    std::vector<float> displacement(kDisplacementDims, 0.0F);
    displacement[5] = distance;
    tracker_.Observe(moves, displacement);
  }
  DriftTracker::Taken Take() { return tracker_.Take(all_); }

  const std::vector<RowId> all_ = {0, 1};
  DriftTracker tracker_{2, StalenessModel::OfValues(), 0.1F, 0.5F};
};

// Row 0 is copied twice and then due for hashing.
TEST_F(HashThresholdTest, DisplacementsAddUpUntilARowIsToBeHashed) {
  for (int copy = 0; copy < 2; ++copy) {
    Shift(0, 0.2F);
    EXPECT_EQ(tracker_.num_dirty_rows(), 1U);
    EXPECT_EQ(tracker_.num_far_rows(), 0U);
    EXPECT_THAT(Take().far, IsEmpty());
    EXPECT_EQ(tracker_.Staleness(), 0);
  }
  Shift(0, 0.2F);
  Shift(1, 0.2F);
  EXPECT_EQ(tracker_.num_far_rows(), 1U);
  const auto taken = Take();
  EXPECT_THAT(taken.rows, ElementsAre(0, 1));
  EXPECT_THAT(taken.far, ElementsAre(0));
  EXPECT_EQ(tracker_.num_far_rows(), 0U);
  Shift(0, 0.2F);
  EXPECT_EQ(tracker_.num_far_rows(), 0U);
}

TEST_F(HashThresholdTest, ARowThatComesBackIsNotFar) {
  for (int round = 0; round < 10; ++round) {
    Shift(0, round % 2 == 0 ? 0.4F : -0.4F);
    EXPECT_EQ(tracker_.num_dirty_rows(), 1U);
    EXPECT_THAT(Take().far, IsEmpty());
  }
}

TEST_F(HashThresholdTest, ARowIsNotFarForLongAfterComingBack) {
  Shift(0, 0.6F);
  EXPECT_EQ(tracker_.num_far_rows(), 1U);
  Shift(0, -0.3F);
  EXPECT_EQ(tracker_.num_dirty_rows(), 1U);
  EXPECT_EQ(tracker_.num_far_rows(), 0U);
}

TEST_F(HashThresholdTest, GivingBackRestoresTheDisplacementOnTopOfANewOne) {
  Shift(0, 0.6F);
  const auto taken = Take();
  EXPECT_THAT(taken.far, ElementsAre(0));
  Shift(0, -0.2F);
  EXPECT_EQ(tracker_.num_far_rows(), 0U);
  tracker_.GiveBack(taken);
  EXPECT_EQ(tracker_.num_dirty_rows(), 1U);
  EXPECT_EQ(tracker_.num_far_rows(), 0U);
  Shift(0, 0.15F);
  EXPECT_EQ(tracker_.num_far_rows(), 1U);
}

TEST_F(HashThresholdTest, TakingAllStartsAlsoRowsCopiedBeforeAnew) {
  Shift(0, 0.4F);
  Take();
  const auto taken = tracker_.TakeAll();
  EXPECT_THAT(taken.rows, IsEmpty());
  EXPECT_TRUE(taken.all);
  Shift(0, 0.2F);
  EXPECT_EQ(tracker_.num_far_rows(), 0U);
  tracker_.GiveBack(taken);
  EXPECT_EQ(tracker_.num_far_rows(), 1U);
}

// The values copied do not have what was only reported.
TEST_F(HashThresholdTest, ReportsAreNoDisplacement) {
  Shift(0, 0.15F);
  Report(tracker_, 0, 0.9F);
  EXPECT_EQ(tracker_.num_dirty_rows(), 1U);
  EXPECT_EQ(tracker_.num_far_rows(), 0U);
}

TEST_F(HashThresholdTest, CalibrationDoesNotScaleDistances) {
  Shift(0, 0.6F);
  tracker_.SetCalibration(0.5F);
  EXPECT_EQ(tracker_.num_dirty_rows(), 1U);
  EXPECT_EQ(tracker_.num_far_rows(), 1U);
}

TEST_F(HashThresholdTest, ARowTooLargeToMeasureIsFarOnce) {
  Shift(0, std::numeric_limits<float>::infinity());
  EXPECT_THAT(Take().far, ElementsAre(0));
  Shift(0, 0.2F);
  EXPECT_EQ(tracker_.num_far_rows(), 0U);
}

TEST(DriftTrackerTest, WithoutAHashThresholdEveryTakenRowIsHashed) {
  DriftTracker tracker(2, StalenessModel::OfCodes(kBits), 0.1F);
  Move(tracker, 1, 0.001F);
  const std::vector<RowId> all = {0, 1};
  EXPECT_THAT(tracker.Take(all).far, ElementsAre(1));
}

TEST(DriftTrackerTest, OfValuesReportedDistanceIsWantedAtTheThreshold) {
  DriftTracker tracker(2, StalenessModel::OfValues(), 0.1F);
  Move(tracker, 0, 0, 2);
  const std::vector<ReportedMove> moves = {{0, 0.15F}};
  tracker.ObserveReported(moves);
  EXPECT_THAT(tracker.WantedRows(moves), IsEmpty());
  tracker.ObserveReported(moves);
  EXPECT_THAT(tracker.WantedRows(moves), ElementsAre(0));
}

}  // namespace
}  // namespace mongoose
