#include "core/index/neuron_index.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/index_fixture.h"
#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"

namespace mongoose {
namespace {

using test_support::IntegerMatrix;
using test_support::Matrix;
using test_support::SmallSpec;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using Layout = NeuronIndex::Layout;

class NeuronIndexTest : public test_support::IndexTest {
 protected:
  NeuronQuery Query() const { return {.queries = queries_.view()}; }
  const Matrix rows_ = IntegerMatrix(100, 24, 1);
  const Matrix queries_ = IntegerMatrix(40, 24, 2);
};

TEST_F(NeuronIndexTest, CreateRefusesABadSpec) {
  IndexSpec spec = SmallSpec();
  spec.num_rows = 0;
  EXPECT_EQ(NeuronIndex::Create(spec, {.backend = backend_,
                                       .rehash_backend = backend_,
                                       .clock = clock_})
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
}

// The backend of queries could not even hash.
TEST_F(NeuronIndexTest, RehashesOnItsOwnBackend) {
  test_support::FlakyBackend queries(workers_, clock_);
  queries.fail_hash = true;
  index_ = *NeuronIndex::Create(SmallSpec(), {.backend = queries,
                                              .rehash_backend = backend_,
                                              .clock = clock_,
                                              .rehash_nice = 1});
  test_support::Writer<NeuronIndex> writer(*index_);
  ASSERT_TRUE(writer.SetAll(rows_).ok());
  index_->WaitUntilIdleForTest();
  EXPECT_EQ(backend_.rows_hashed, rows_.rows);
  EXPECT_EQ(backend_.queries_answered, 0U);
  ASSERT_TRUE(Ask({.queries = queries_.view()}).ok());
  EXPECT_EQ(queries.queries_answered, 1U);
  EXPECT_EQ(backend_.queries_answered, 0U);
}

TEST_F(NeuronIndexTest, HasNoSnapshotBeforeAllRowsAreSet) {
  Create(SmallSpec());
  EXPECT_EQ(index_->snapshot(), nullptr);
  EXPECT_EQ(index_->state().index_version, 0U);
  EXPECT_EQ(index_->status().hot_rows, 0U);
}

TEST_F(NeuronIndexTest, AnswersAsTheOracle) {
  CreateWith(SmallSpec(), rows_);
  const auto answer = *Ask(Query());
  for (std::size_t i = 0; i < queries_.rows; ++i) {
    const auto begin = answer.sets.ids.begin();
    const std::vector<RowId> ids(begin + answer.sets.offsets[i],
                                 begin + answer.sets.offsets[i + 1]);
    EXPECT_THAT(ids, ElementsAreArray(naive::ActiveRows(
                         *index_->snapshot(), rows_, queries_.row(i), {}, {})));
  }
  EXPECT_EQ(answer.state.index_version, 1U);
  EXPECT_EQ(answer.state.applied_sequence, 1U);
  EXPECT_EQ(answer.state.hashed_sequence, 1U);
}

TEST_F(NeuronIndexTest, TheUnionHoldsTheSamplesRows) {
  CreateWith(SmallSpec(), rows_);
  const auto answer = *Ask(Query(), Layout::kUnionWithPositions);
  const auto& unite = answer.unite;
  ASSERT_EQ(unite.positions.size(), answer.sets.ids.size());
  for (std::size_t i = 0; i < unite.positions.size(); ++i) {
    EXPECT_EQ(unite.ids[unite.positions[i]], answer.sets.ids[i]);
  }
  EXPECT_EQ(unite.offsets, answer.sets.offsets);
  EXPECT_THAT(Ask(Query(), Layout::kUnion)->unite.positions, IsEmpty());
  EXPECT_THAT(Ask(Query())->unite.ids, IsEmpty());
}

TEST_F(NeuronIndexTest, AUnionHasOneTailAndItsSamplesHaveNone) {
  CreateWith(SmallSpec(), rows_);
  NeuronQuery query = Query();
  query.plan.num_active = 1;
  query.plan.num_tail = 10;
  const auto answer = *Ask(query, Layout::kUnionWithPositions);
  const std::set<RowId> head(answer.sets.ids.begin(), answer.sets.ids.end());
  EXPECT_THAT(answer.sets.log_weights, IsEmpty());
  EXPECT_EQ(answer.unite.ids.size(), head.size() + 10);
  EXPECT_EQ(std::ranges::count(answer.unite.log_weights, 0.0F),
            static_cast<std::ptrdiff_t>(head.size()));
}

TEST_F(NeuronIndexTest, ScoresComeFromTheNewestRowsEvenBeforeTheyAreHashed) {
  IndexSpec spec = SmallSpec();
  spec.rehash_policy = EveryNSpec{.steps = 1000};
  CreateWith(spec, rows_);
  const Matrix newer = IntegerMatrix(100, 24, 3);
  ASSERT_TRUE(writer_->SetAll(newer).ok());
  NeuronQuery query = Query();
  query.want_scores = true;
  const auto answer = *Ask(query);
  EXPECT_EQ(answer.state.hashed_sequence, 1U);
  EXPECT_EQ(answer.state.applied_sequence, 2U);
  for (std::size_t k = 0; k < answer.sets.offsets[1]; ++k) {
    EXPECT_EQ(answer.sets.scores[k],
              naive::Dot(newer.row(answer.sets.ids[k]), queries_.row(0)));
  }
}

TEST_F(NeuronIndexTest, TheSameQueryGetsTheSameAnswer) {
  CreateWith(SmallSpec(), rows_);
  NeuronQuery query = Query();
  query.plan.num_tail = 20;
  const auto first = *Ask(query);
  const auto second = *Ask(query);
  EXPECT_EQ(first.sets.ids, second.sets.ids);
  EXPECT_EQ(first.sets.log_weights, second.sets.log_weights);
}

TEST_F(NeuronIndexTest, HotRowsAppearAfterManyQueries) {
  IndexSpec spec = SmallSpec();
  spec.hot_list_rows = 4;
  CreateWith(spec, rows_);
  NeuronQuery query = Query();
  query.plan.min_hits = 1;
  ASSERT_TRUE(Ask(query).ok());
  ASSERT_TRUE(Ask(query).ok());
  ASSERT_TRUE(writer_->EndStep().ok());
  index_->WaitUntilIdleForTest();
  EXPECT_EQ(index_->status().hot_rows, 4U);
  EXPECT_EQ(index_->state().index_version, 2U);
}

TEST_F(NeuronIndexTest, AFailedRebuildServesOnAndRecovers) {
  CreateWith(SmallSpec(), rows_);
  const auto old = index_->snapshot();
  backend_.fail_hash = true;
  ASSERT_TRUE(writer_->SetAll(IntegerMatrix(100, 24, 3)).ok());
  index_->WaitUntilIdleForTest();
  EXPECT_EQ(index_->snapshot(), old);
  EXPECT_TRUE(Ask(Query()).ok());
  EXPECT_GE(index_->status().rehash.failed_rebuilds, 1U);
  EXPECT_GT(index_->state().staleness, 0.1F);
  backend_.fail_hash = false;
  ASSERT_TRUE(writer_->EndStep().ok());
  index_->WaitUntilIdleForTest();
  EXPECT_TRUE(test_support::IsBuiltFrom(
      *index_->snapshot(), *index_->FreezeForTest().rows, workers_));
}

TEST_F(NeuronIndexTest, MeasuresTheRecallOfLiveQueries) {
  IndexSpec spec = SmallSpec();
  spec.probe_share = 1;
  spec.hash.bits_per_table = 1;  // half of all rows in each bucket
  CreateWith(spec, rows_);
  NeuronQuery query = Query();
  query.plan = {.num_active = 100, .min_hits = 1};
  ASSERT_TRUE(Ask(query).ok());
  index_->WaitUntilIdleForTest();
  const RecallProbe::Result recall = index_->status().recall;
  EXPECT_GE(recall.samples, 1U);
  EXPECT_GT(recall.recall, 0.5);
  EXPECT_LE(recall.recall, 1.0);
}

TEST_F(NeuronIndexTest, CanBeDestroyedAtOnce) {
  for (int i = 0; i < 50; ++i) {
    Create(SmallSpec());
    ASSERT_TRUE(writer_->SetAll(rows_).ok());
  }
}

}  // namespace
}  // namespace mongoose
