// An index that learns from the queries it answers.
#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error_reason.h"
#include "tests/support/learning_fixture.h"

namespace mongoose {
namespace {

using test_support::IndexLearningTest;
using test_support::LearningRaceTest;
using test_support::LearningSpec;
using test_support::Matrix;
using test_support::PlantedRows;
using ::testing::AllOf;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

TEST_F(IndexLearningTest, AutoFindsMoreAfterAThousandQueries) {
  CreatePlanted(LearningSpec(LearnMode::kAuto));
  const double before = Recall();
  AskMany(kEnough);
  EXPECT_EQ(index_->status().learning.adopted, 1U)
      << index_->status().learning.last.reason;
  EXPECT_GT(Recall(), before + 0.3);
}

TEST_F(IndexLearningTest, AdoptionPublishesOneVersionOfTheSameTables) {
  CreatePlanted(LearningSpec(LearnMode::kAuto));
  const auto before = index_->snapshot();
  AskMany(kEnough);
  const auto after = index_->snapshot();
  EXPECT_EQ(after->version, before->version + 1);
  EXPECT_NE(after->projection, before->projection);
  EXPECT_EQ(after->codes, before->codes);
  EXPECT_EQ(after->cells, before->cells);
  EXPECT_EQ(after->tables, before->tables);
  EXPECT_EQ(after->hot_list, before->hot_list);
  EXPECT_EQ(after->hashed_sequence, before->hashed_sequence);
}

TEST_F(IndexLearningTest, StatusTellsWhatLearningHasDone) {
  CreatePlanted(LearningSpec(LearnMode::kAuto));
  EXPECT_EQ(index_->status().learning.training_queries, 0U);
  AskMany(kEnough);
  const IndexStatus status = index_->status();
  EXPECT_EQ(status.learning.training_queries, kEnough * 3 / 4);
  EXPECT_EQ(status.learning.held_back_queries, kEnough / 4);
  EXPECT_EQ(status.learning.adopted, 1U);
  EXPECT_EQ(status.learning.refused, 0U);
  EXPECT_GT(status.learning.seconds, 0);
  EXPECT_THAT(status.learning.last.reason, HasSubstr("adopted"));
  EXPECT_EQ(status.rehash.last_reason, status.learning.last.reason);
  EXPECT_EQ(status.rehash.rebuilds, 1U);
}

TEST_F(IndexLearningTest, ASampleOfTheQueriesIsEnough) {
  IndexSpec spec = LearningSpec(LearnMode::kAuto);
  spec.learning.sample_share = 0.5F;
  CreatePlanted(spec);
  AskMany(kEnough);
  EXPECT_EQ(index_->status().learning.held_back_queries, kEnough / 8);
  AskMany(kEnough);
  EXPECT_EQ(index_->status().learning.adopted, 1U);
}

TEST_F(IndexLearningTest, OffNeverLearns) {
  CreatePlanted(LearningSpec(LearnMode::kOff));
  const auto before = index_->snapshot();
  AskMany(2 * kEnough);
  EXPECT_EQ(index_->snapshot(), before);
  EXPECT_EQ(index_->status().learning.training_queries, 0U);
  const absl::Status status =
      index_->Learn(MakePairs(kEnough).view(), never_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), "LEARNING_OFF");
}

TEST_F(IndexLearningTest, ManualLearnsFromPairsAlone) {
  CreatePlanted(LearningSpec(LearnMode::kManual));
  const auto before = index_->snapshot();
  const double recall = Recall();
  AskMany(2 * kEnough);
  EXPECT_EQ(index_->snapshot(), before);
  const auto verdict = index_->Learn(MakePairs(kEnough).view(), never_);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_TRUE(verdict->adopt) << verdict->reason;
  EXPECT_EQ(index_->snapshot()->version, before->version + 1);
  EXPECT_GT(Recall(), recall + 0.3);
}

TEST_F(IndexLearningTest, PairsThatTeachNothingAreRefused) {
  CreatePlanted(LearningSpec(LearnMode::kManual));
  ExpectRandomPairsRefused();
}

TEST_F(IndexLearningTest, PairsThatDoNotSuitTheIndexAreRefused) {
  using enum absl::StatusCode;
  CreatePlanted(LearningSpec(LearnMode::kManual));
  ExpectRefused(MakePairs(kEnough - 1), kInvalidArgument, "pairs", "1023");
  Pairs narrow = MakePairs(kEnough);
  narrow.queries = Matrix(kEnough, PlantedRows::kCols - 1);
  ExpectRefused(narrow, kInvalidArgument, "queries.cols", "31");
  Pairs nan = MakePairs(kEnough);
  nan.queries.row(8)[3] = std::numeric_limits<float>::quiet_NaN();
  ExpectRefused(nan, kInvalidArgument, "queries must be finite", "nan");
  Pairs far = MakePairs(kEnough);
  far.rows[9] = PlantedRows::kRows;
  ExpectRefused(far, kOutOfRange, "row_ids[9] must be < 1600", "1600");
  EXPECT_EQ(index_->status().learning.refused, 0U);
}

TEST_F(IndexLearningTest, WithoutASnapshotThereIsNothingToLearnFor) {
  Create(LearningSpec(LearnMode::kAuto));
  const absl::Status status =
      index_->Learn(MakePairs(kEnough).view(), never_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), "NO_SNAPSHOT");
}

TEST_F(IndexLearningTest, ACancelledCallLeavesAWorkingIndex) {
  CreatePlanted(LearningSpec(LearnMode::kManual));
  // Before it begins, and while the background thread learns, which takes
  // longer with so many pairs than the call to be scheduled again.
  const Pairs many = MakePairs(32 * kEnough);
  for (const int check : {1, 2}) {
    const test_support::CancelledAtCheck cancelled(check);
    EXPECT_EQ(index_->Learn(many.view(), cancelled).status().code(),
              absl::StatusCode::kCancelled);
  }
  EXPECT_TRUE(Ask(QueryOf(planted_.Ask(4, 1).queries)).ok());
  const auto verdict = index_->Learn(MakePairs(kEnough).view(), never_);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_TRUE(verdict->adopt) << verdict->reason;
}

TEST_F(IndexLearningTest, RebuildsCarryOverWhatWasLearned) {
  IndexSpec spec = LearningSpec(LearnMode::kManual);
  spec.rehash_policy = EveryNSpec{.steps = 1};
  CreatePlanted(spec);
  const double before = Recall();
  ASSERT_TRUE(index_->Learn(MakePairs(kEnough).view(), never_)->adopt);
  const auto learned = index_->snapshot();
  ASSERT_TRUE(writer_->EndStep().ok());
  index_->WaitUntilIdleForTest();
  const auto rebuilt = index_->snapshot();
  EXPECT_GT(rebuilt->version, learned->version);
  EXPECT_NE(rebuilt->codes, learned->codes);
  EXPECT_TRUE(rebuilt->partition()->has_learned_router());
  EXPECT_GT(Recall(), before + 0.3);
}

TEST_F(IndexLearningTest, UpdatesKeepWhatWasLearned) {
  CreatePlanted(LearningSpec(LearnMode::kManual));
  ASSERT_TRUE(index_->Learn(MakePairs(kEnough).view(), never_)->adopt);
  const auto learned = index_->snapshot();
  const std::vector<RowId> ids = {3, 4};
  ASSERT_TRUE(writer_->Set(ids, test_support::GaussianMatrix(2, 32, 9)).ok());
  index_->WaitUntilIdleForTest();
  EXPECT_GT(index_->snapshot()->version, learned->version);
  // The anchors have followed the rows, and the router them.
  const PartitionProjection& before = *learned->partition();
  const PartitionProjection& after = *index_->snapshot()->partition();
  ASSERT_TRUE(after.has_learned_router());
  const auto lessons = [](const PartitionProjection& partition) {
    std::vector<float> vectors = partition.router().vectors;
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      vectors[i] -= partition.cells().anchors[i];
    }
    return vectors;
  };
  EXPECT_NE(after.cells().anchors, before.cells().anchors);
  EXPECT_THAT(lessons(after), Pointwise(FloatNear(1e-5F), lessons(before)));
}

TEST_F(LearningRaceTest, QueriesUpdatesAndLearningRunTogether) {
  IndexSpec spec = LearningSpec(LearnMode::kAuto);
  spec.hot_list_rows = 20;
  RunAll(spec);
  EXPECT_GE(index_->status().learning.adopted, 1U);
}

}  // namespace
}  // namespace mongoose
