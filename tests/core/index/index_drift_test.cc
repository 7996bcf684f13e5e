// Trainers that send only how far rows moved are asked for the rows that
// matter.
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/index_fixture.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using test_support::SmallSpec;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class IndexDriftTest : public test_support::IndexTest {
 protected:
  static IndexSpec Tolerant() {
    IndexSpec spec = SmallSpec();
    spec.rehash_policy = DriftThresholdSpec{.max_row_staleness = 0.1F};
    return spec;
  }
  std::vector<RowId> Report(const std::vector<RowId>& ids, float distance) {
    const std::vector<float> distances(ids.size(), distance);
    return writer_->Report(ids, distances)->rows_wanted;
  }
};

TEST_F(IndexDriftTest, AsksForTheRowsThatMovedTooFar) {
  CreateGaussian(Tolerant());
  EXPECT_THAT(Report({4, 9}, 0.001F), IsEmpty());
  EXPECT_THAT(Report({9, 4}, 3.0F), ElementsAre(9, 4));
}

TEST_F(IndexDriftTest, SendingTheRowsSettlesTheReport) {
  CreateGaussian(Tolerant());
  const std::vector<RowId> ids = {4, 9};
  ASSERT_THAT(Report(ids, 3.0F), SizeIs(2));
  EXPECT_GT(index_->state().staleness, 0);
  ASSERT_TRUE(writer_->Set(ids, GaussianMatrix(2, 24, 8)).ok());
  index_->WaitUntilIdleForTest();
  EXPECT_NEAR(index_->state().staleness, 0, 1e-6);
  EXPECT_THAT(Report(ids, 0.001F), IsEmpty());
  EXPECT_EQ(index_->state().index_version, 2U);
}

TEST_F(IndexDriftTest, AReportAloneHashesNothing) {
  CreateGaussian(Tolerant());
  backend_.rows_hashed = 0;
  ASSERT_THAT(Report(test_support::AllIds(100), 3.0F), SizeIs(100));
  index_->WaitUntilIdleForTest();
  EXPECT_EQ(backend_.rows_hashed, 0U);
  EXPECT_EQ(index_->state().index_version, 1U);
}

TEST_F(IndexDriftTest, AReplayedReportIsNotCountedTwice) {
  CreateGaussian(Tolerant());
  Report({4}, 0.5F);
  const float staleness = index_->state().staleness;
  const std::vector<RowId> ids = {4};
  const std::vector<float> distances = {0.5F};
  const auto again = index_->Apply({.writer_id = "w",
                                    .sequence = 2,
                                    .kind = ChangeKind::kDrift,
                                    .ids = ids,
                                    .distances = distances});
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(index_->state().staleness, staleness);
}

// Rows far from the origin but close to each other: what turns a centred code
// is movement relative to the distance from the mean.
TEST_F(IndexDriftTest, ACentredIndexMeasuresReportsFromTheMean) {
  IndexSpec spec = Tolerant();
  spec.hash.centre = true;
  Matrix rows = GaussianMatrix(100, 24, 1);
  for (float& v : rows.values) v += 1000;
  CreateWith(spec, rows);
  EXPECT_THAT(Report({4}, 3.0F), ElementsAre(4));
}

// Without reports: the same rows, moved by values.
TEST_F(IndexDriftTest, ACentredIndexMeasuresValuesFromTheMean) {
  IndexSpec spec = Tolerant();
  spec.hash.centre = true;
  Matrix rows = GaussianMatrix(100, 24, 1);
  for (float& v : rows.values) v += 1000;
  CreateWith(spec, rows);
  const std::vector<RowId> ids = {4};
  ASSERT_TRUE(writer_->Add(ids, GaussianMatrix(1, 24, 8)).ok());
  index_->WaitUntilIdleForTest();
  EXPECT_EQ(index_->state().index_version, 2U);
}

}  // namespace
}  // namespace mongoose
