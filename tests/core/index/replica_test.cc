#include "core/index/replica.h"

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/support/index_fixture.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using test_support::Thaw;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// 50 rows of 5 values; a row is dirty from a tenth on.
class ReplicaTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kRows = 50;
  static constexpr std::size_t kCols = 5;

  std::vector<float> Values() { return Thaw(*replica_.Freeze().rows).values; }
  absl::StatusOr<UpdateResult> Send(std::uint64_t sequence, float value) {
    const Matrix values(1, kCols, value);
    return replica_.Apply({.writer_id = "other",
                           .sequence = sequence,
                           .kind = ChangeKind::kSetRows,
                           .ids = three_,
                           .values = values.view()});
  }
  const std::vector<RowId> three_ = {3};
  Replica replica_{
      {.num_rows = kRows, .cols = kCols}, StalenessModel::OfCodes(9), 0.1F};
  test_support::Writer<Replica> writer_{replica_};
};

TEST_F(ReplicaTest, SetsRowsAndAddsDeltas) {
  Matrix truth = GaussianMatrix(kRows, kCols, 1);
  ASSERT_TRUE(writer_.SetAll(truth).ok());
  EXPECT_EQ(Values(), truth.values);
  const std::vector<RowId> ids = {49, 0, 17};
  const Matrix deltas = GaussianMatrix(3, kCols, 2);
  ASSERT_TRUE(writer_.Add(ids, deltas).ok());
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t c = 0; c < kCols; ++c) {
      truth.row(ids[i])[c] += deltas.row(i)[c];
    }
  }
  EXPECT_EQ(Values(), truth.values);
}

TEST_F(ReplicaTest, SumsThatOverflowSaturate) {
  const Matrix huge(1, kCols, 3e38F);
  ASSERT_TRUE(writer_.Set(three_, huge).ok());
  ASSERT_TRUE(writer_.Add(three_, huge).ok());
  const Matrix now = Thaw(*replica_.Freeze().rows);
  EXPECT_GT(now.row(3)[0], 3.38e38F);
  EXPECT_TRUE(std::isfinite(now.row(3)[0]));
}

TEST_F(ReplicaTest, CountsRowsChunksAndSteps) {
  ASSERT_TRUE(writer_.Set(three_, Matrix(1, kCols, 1)).ok());
  ASSERT_TRUE(writer_.Set(three_, Matrix(1, kCols, 2)).ok());
  ASSERT_TRUE(writer_.Send({.ends_step = false}).ok());
  const Replica::Counts counts = replica_.counts();
  EXPECT_EQ(counts.applied_sequence, 3U);
  EXPECT_EQ(counts.steps, 2U);
  EXPECT_EQ(counts.rows_updated, 2U);
  EXPECT_EQ(counts.rows_set, 1U);
}

TEST_F(ReplicaTest, AReplayedChunkIsAcknowledgedAndChangesNothing) {
  ASSERT_TRUE(Send(1, 1).ok());
  ASSERT_TRUE(Send(2, 2).ok());
  const auto before = Values();
  for (const std::uint64_t sequence : {1, 2}) {
    const auto result = Send(sequence, 9);
    ASSERT_TRUE(result.ok());
    EXPECT_TRUE(result->replayed);
    EXPECT_EQ(result->applied_sequence, 2U);
  }
  EXPECT_EQ(Values(), before);
  EXPECT_EQ(replica_.counts().steps, 2U);
}

TEST_F(ReplicaTest, AGapIsAFailedPreconditionAndChangesNothing) {
  ASSERT_TRUE(Send(1, 1).ok());
  const auto before = Values();
  const auto result = Send(3, 9);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(result.status().message(),
              HasSubstr("sequence must be 2 for writer \"other\", got 3"));
  EXPECT_EQ(Values(), before);
  EXPECT_EQ(replica_.counts().applied_sequence, 1U);
  EXPECT_TRUE(Send(2, 5).ok());
}

TEST_F(ReplicaTest, WritersAreNumberedApart) {
  ASSERT_TRUE(Send(1, 1).ok());
  ASSERT_TRUE(writer_.EndStep().ok());
  ASSERT_TRUE(Send(2, 1).ok());
  EXPECT_THAT(replica_.writer_sequences(),
              ElementsAre(testing::Pair("other", 2U), testing::Pair("w", 1U)));
  EXPECT_EQ(replica_.counts().applied_sequence, 3U);
}

TEST_F(ReplicaTest, DeltasAndDriftNeedRowsThatWereSet) {
  ASSERT_TRUE(writer_.Set(three_, Matrix(1, kCols, 1)).ok());
  const std::vector<RowId> ids = {3, 8};
  const std::vector<float> distances = {1, 1};
  const auto add = writer_.Add(ids, Matrix(2, kCols, 1));
  const auto report = writer_.Report(ids, distances);
  for (const absl::Status& status : {add.status(), report.status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(status.message(), HasSubstr("row 8 must be set"));
  }
  EXPECT_EQ(Thaw(*replica_.Freeze().rows).row(3)[0], 1.0F);
}

TEST_F(ReplicaTest, ARefusedChunkChangesNothing) {
  ASSERT_TRUE(writer_.SetAll(GaussianMatrix(kRows, kCols, 1)).ok());
  const auto before = Values();
  const std::vector<RowId> bad = {1, kRows};
  EXPECT_FALSE(writer_.Set(bad, Matrix(2, kCols)).ok());
  EXPECT_EQ(Values(), before);
  EXPECT_EQ(replica_.counts().applied_sequence, 1U);
}

TEST_F(ReplicaTest, AcceptsTenThousandWritersAndThenNoMore) {
  for (int i = 0; i < 10000; ++i) {
    test_support::Writer<Replica> writer(replica_, absl::StrCat("n", i));
    ASSERT_TRUE(writer.EndStep().ok());
  }
  test_support::Writer<Replica> late(replica_, "late");
  const auto result = late.EndStep();
  EXPECT_EQ(result.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(result.status().message(), HasSubstr("at most 10000 writers"));
}

TEST_F(ReplicaTest, AsksForRowsWhoseReportedDriftMatters) {
  ASSERT_TRUE(writer_.SetAll(Matrix(kRows, kCols, 1.0F)).ok());
  replica_.TakeAllRows();
  const std::vector<RowId> ids = {7, 2, 30};
  const std::vector<float> distances = {1.0F, 0.0001F, 2.0F};
  const auto result = writer_.Report(ids, distances);
  EXPECT_THAT(result->rows_wanted, ElementsAre(7, 30));
  EXPECT_GT(result->staleness, 0);
  EXPECT_THAT(writer_.EndStep()->rows_wanted, IsEmpty());
}

TEST_F(ReplicaTest, SmallReportsAddUpUntilTheRowIsWanted) {
  ASSERT_TRUE(writer_.SetAll(Matrix(kRows, kCols, 1.0F)).ok());
  replica_.TakeAllRows();
  const std::vector<float> distance = {0.03F};
  int reports = 1;
  while (writer_.Report(three_, distance)->rows_wanted.empty()) ++reports;
  // A tenth of 9-bit entries: 0.0366 of a length of sqrt(5).
  EXPECT_NEAR(reports * 0.03, 0.0366 * std::sqrt(5.0), 0.03);
}

TEST_F(ReplicaTest, TakingRowsMakesThemCleanAndGivingBackDirty) {
  ASSERT_TRUE(writer_.SetAll(Matrix(kRows, kCols, 1)).ok());
  Matrix turned(kRows, kCols, 1);
  for (std::size_t i = 0; i < kRows; ++i) turned.row(i)[2] = 0;
  ASSERT_TRUE(writer_.SetAll(turned).ok());
  const auto work = replica_.TakeAllRows();
  EXPECT_EQ(work.frozen.applied_sequence, 2U);
  EXPECT_EQ(replica_.counts().dirty_rows, 0U);
  EXPECT_NEAR(replica_.counts().staleness, 0, 1e-6);
  replica_.GiveBack(work);
  EXPECT_EQ(replica_.counts().dirty_rows, kRows);
}

}  // namespace
}  // namespace mongoose
