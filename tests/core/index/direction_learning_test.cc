// An index of SimHash tables that learns its directions.
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/learning_fixture.h"

namespace mongoose {
namespace {

using test_support::LearningRaceTest;
using test_support::Matrix;
using test_support::PlantedRows;
using ::testing::HasSubstr;

// 16 tables of 6 bits; queries rank 40 candidates.
IndexSpec SimHashSpec(LearnMode mode) {
  IndexSpec spec = test_support::LearningSpec(mode);
  spec.hash = {.family = HashFamily::kDenseGaussian,
               .cols = PlantedRows::kCols,
               .bits_per_table = 6,
               .num_tables = 16,
               .seed = 5};
  spec.default_plan = DefaultQueryPlan(spec.hash, spec.num_rows);
  spec.default_plan.min_hits = 1;
  spec.default_plan.max_candidates = 40;
  spec.default_plan.num_active = 10;
  return spec;
}

class DirectionLearningTest : public test_support::IndexLearningTest {
 protected:
  void ExpectOneVersion() {
    EXPECT_TRUE(test_support::IsBuiltFrom(
        *index_->snapshot(), *index_->FreezeForTest().rows, workers_));
  }
  // A new index of the spec is taught by pairs.
  void ExpectLearnsFromPairs(const IndexSpec& spec) {
    CreatePlanted(spec);
    const double before = Recall();
    const auto verdict = index_->Learn(MakePairs(kEnough).view(), never_);
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    EXPECT_TRUE(verdict->adopt) << verdict->reason;
    EXPECT_GT(Recall(), before + 0.2);
    ExpectOneVersion();
  }
};

TEST_F(DirectionLearningTest, AutoFindsMoreAfterAThousandQueries) {
  CreatePlanted(SimHashSpec(LearnMode::kAuto));
  const auto random = index_->snapshot()->projection->Directions();
  const double before = Recall();
  AskMany(kEnough);
  const IndexStatus status = index_->status();
  EXPECT_EQ(status.learning.adopted, 1U) << status.learning.last.reason;
  EXPECT_EQ(status.rehash.last_reason, status.learning.last.reason);
  EXPECT_GT(Recall(), before + 0.2);
  EXPECT_NE(index_->snapshot()->projection->Directions(), random);
  ExpectOneVersion();
}

TEST_F(DirectionLearningTest, InWholeNumbersToo) {
  IndexSpec spec = SimHashSpec(LearnMode::kManual);
  spec.hash.profile = NumericProfile::kInt8;
  ExpectLearnsFromPairs(spec);
}

TEST_F(DirectionLearningTest, ByPairsToOtherDirections) {
  IndexSpec spec = SimHashSpec(LearnMode::kManual);
  std::vector<std::vector<float>> learned;
  for (const auto loss : {DirectionLoss::kTriplet, DirectionLoss::kPairwise}) {
    spec.learning.loss = loss;
    ExpectLearnsFromPairs(spec);
    learned.push_back(index_->snapshot()->projection->Directions());
  }
  EXPECT_NE(learned[0], learned[1]);
}

TEST_F(DirectionLearningTest, ReadsNoMoreCandidatesThanBefore) {
  CreatePlanted(SimHashSpec(LearnMode::kManual));
  const auto verdict = index_->Learn(MakePairs(kEnough).view(), never_);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_GT(verdict->rows, 0);
  EXPECT_LE(verdict->rows, 40);
  EXPECT_EQ(verdict->queries, kEnough / 4);
}

TEST_F(DirectionLearningTest, PairsThatTeachNothingAreRefused) {
  CreatePlanted(SimHashSpec(LearnMode::kManual));
  ExpectRandomPairsRefused();
}

// Of another network: its queries have turned to other clusters since.
TEST_F(DirectionLearningTest, PairsOfAnotherNetworkAreRefused) {
  CreatePlanted(SimHashSpec(LearnMode::kManual));
  ASSERT_TRUE(index_->Learn(MakePairs(kEnough).view(), never_)->adopt);
  const auto before = index_->snapshot();
  const double recall = Recall();
  Pairs pairs = MakePairs(kEnough);
  const auto asked = planted_.Ask(kEnough, 31);
  const std::vector<RowId> elsewhere = PlantedRows::RowsFor(asked, 7);
  for (std::size_t i = 0; i < kEnough; ++i) {
    // Those to judge by are of today.
    if ((i + 1) % 4 != 0) pairs.rows[i] = elsewhere[i];
  }
  const auto verdict = index_->Learn(pairs.view(), never_);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_FALSE(verdict->adopt) << verdict->reason;
  EXPECT_EQ(index_->snapshot(), before);
  EXPECT_EQ(Recall(), recall);
}

TEST_F(DirectionLearningTest, FailedHashingIsARefusal) {
  CreatePlanted(SimHashSpec(LearnMode::kManual));
  const auto before = index_->snapshot();
  backend_.fail_hash = true;
  const auto verdict = index_->Learn(MakePairs(kEnough).view(), never_);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_FALSE(verdict->adopt);
  EXPECT_THAT(verdict->reason, HasSubstr("could not be built"));
  EXPECT_EQ(index_->snapshot(), before);
}

// The first hashing is for the gate, the second for adoption.
TEST_F(DirectionLearningTest, AFailedAdoptionLeavesWhatWas) {
  CreatePlanted(SimHashSpec(LearnMode::kManual));
  const auto before = index_->snapshot();
  backend_.hashes_before_failure = 2;
  const auto verdict = index_->Learn(MakePairs(kEnough).view(), never_);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_FALSE(verdict->adopt);
  EXPECT_THAT(verdict->reason, HasSubstr("hashing broke"));
  EXPECT_GT(verdict->candidate.all, verdict->current.all);
  EXPECT_EQ(index_->snapshot(), before);
  EXPECT_EQ(index_->status().rehash.failed_rebuilds, 1U);
  EXPECT_TRUE(index_->Learn(MakePairs(kEnough).view(), never_)->adopt);
  ExpectOneVersion();
}

// What a candidate keeps of the index goes with it.
TEST_F(DirectionLearningTest, NothingIsHeldAfterTheVerdict) {
  CreatePlanted(SimHashSpec(LearnMode::kManual));
  std::weak_ptr<const IndexSnapshot> first = index_->snapshot();
  ASSERT_TRUE(index_->Learn(MakePairs(kEnough).view(), never_)->adopt);
  index_->WaitUntilIdleForTest();
  EXPECT_TRUE(first.expired());
  const void* const place = index_->FreezeForTest().rows->Float32Row(3);
  const std::vector<RowId> ids = {3};
  ASSERT_TRUE(writer_->Set(ids, Matrix(1, PlantedRows::kCols, 0.0F)).ok());
  index_->WaitUntilIdleForTest();
  EXPECT_EQ(index_->FreezeForTest().rows->Float32Row(3), place);
}

// A static list of as many rows as are read would be no better.
TEST_F(DirectionLearningTest, TheHotListIsPartOfWhatIsJudged) {
  IndexSpec spec = SimHashSpec(LearnMode::kAuto);
  spec.hot_list_rows = 30;
  CreatePlanted(spec);
  AskMany(2 * kEnough);
  const IndexStatus status = index_->status();
  EXPECT_GE(status.learning.adopted, 1U) << status.learning.last.reason;
  EXPECT_GE(status.learning.last.rows, 30);
  EXPECT_LE(status.learning.last.rows, 70);
}

TEST_F(DirectionLearningTest, LearnsFromLabels) {
  IndexSpec spec = SimHashSpec(LearnMode::kAuto);
  spec.learning.target = LearnTarget::kLabels;
  CreatePlanted(spec);
  const double before = Recall();
  std::vector<std::uint32_t> offsets(129);
  for (std::uint32_t i = 0; i < offsets.size(); ++i) offsets[i] = i;
  CounterRng rng(2, 2);
  for (std::size_t batch = 0; batch < kEnough / 128; ++batch) {
    const auto asked = planted_.Ask(128, ++seed_);
    std::vector<RowId> labels;
    for (const std::size_t cluster : asked.clusters) {
      labels.push_back(static_cast<RowId>(cluster * PlantedRows::kClusterRows) +
                       rng.NextBelow(PlantedRows::kWanted));
    }
    NeuronQuery query = QueryOf(asked.queries);
    query.label_offsets = offsets;
    query.label_ids = labels;
    ASSERT_TRUE(Ask(query).ok());
    index_->WaitUntilIdleForTest();
  }
  EXPECT_EQ(index_->status().learning.adopted, 1U)
      << index_->status().learning.last.reason;
  EXPECT_GT(Recall(), before + 0.1);
}

TEST_F(DirectionLearningTest, UpdatesAndRebuildsKeepLearnedDirections) {
  using enum NumericProfile;
  for (const auto& [centre, profile] :
       {std::pair(false, kFloat32), {true, kFloat32}, {true, kInt8}}) {
    IndexSpec spec = SimHashSpec(LearnMode::kManual);
    spec.hash.centre = centre;
    spec.hash.profile = profile;
    spec.rehash_policy = EveryNSpec{.steps = 1};
    CreatePlanted(spec);
    ASSERT_TRUE(index_->Learn(MakePairs(kEnough).view(), never_)->adopt);
    const auto learned = index_->snapshot();
    const std::vector<RowId> ids = {3, 4};
    ASSERT_TRUE(writer_->Set(ids, test_support::GaussianMatrix(2, 32, 9)).ok());
    ASSERT_TRUE(writer_->EndStep().ok());
    index_->WaitUntilIdleForTest();
    EXPECT_GT(index_->snapshot()->version, learned->version);
    EXPECT_EQ(index_->snapshot()->projection->Directions(),
              learned->projection->Directions());
    ExpectOneVersion();
  }
}

TEST_F(LearningRaceTest, DirectionsAreLearnedAmongQueriesAndUpdates) {
  RunAll(SimHashSpec(LearnMode::kAuto));
  EXPECT_GE(index_->status().learning.adopted, 1U);
}

}  // namespace
}  // namespace mongoose
