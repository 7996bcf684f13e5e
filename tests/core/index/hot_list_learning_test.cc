// An index that learns its hot list.
#include <cstddef>
#include <cstdint>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/learning_fixture.h"

namespace mongoose {
namespace {

using test_support::LearningSpec;
using test_support::PlantedRows;
using ::testing::HasSubstr;
using ::testing::IsSubsetOf;
using ::testing::SizeIs;

// Queries come with a row of their cluster and with two of `kHubs` rows, the
// last ones of as many clusters; these labels are what is to be found.
class HotListLearningTest : public test_support::IndexLearningTest {
 protected:
  static constexpr std::size_t kHubs = 24;

  static IndexSpec Spec() {
    IndexSpec spec = LearningSpec(LearnMode::kAuto);
    spec.hash = test_support::PartitionSpec(PlantedRows::kCols, 6);
    spec.default_plan.num_probes = 7;
    spec.learning.target = LearnTarget::kLabels;
    spec.hot_list_rows = 1;
    return spec;
  }
  static std::vector<RowId> Hubs() {
    std::vector<RowId> hubs;
    for (std::size_t hub = 0; hub < kHubs; ++hub) {
      hubs.push_back(
          static_cast<RowId>((hub + 1) * PlantedRows::kClusterRows - 1));
    }
    return hubs;
  }
  // The answer to queries with their labels.
  NeuronIndex::Answer AskLabelled(std::size_t count) {
    const auto asked = planted_.Ask(count, ++seed_);
    const std::vector<RowId> near = PlantedRows::RowsFor(asked, 0);
    const std::vector<RowId> hubs = Hubs();
    CounterRng rng(seed_, 1);
    std::vector<RowId> labels;
    std::vector<std::uint32_t> offsets = {0};
    for (const RowId row : near) {
      labels.push_back(row);
      for (const RowId hub : test_support::RandomIds(kHubs, 2, rng)) {
        labels.push_back(hubs[hub]);
      }
      offsets.push_back(static_cast<std::uint32_t>(labels.size()));
    }
    NeuronQuery query = QueryOf(asked.queries);
    query.label_offsets = offsets;
    query.label_ids = labels;
    auto answer = Ask(query);
    EXPECT_TRUE(answer.ok()) << answer.status();
    index_->WaitUntilIdleForTest();
    return *std::move(answer);
  }
  void AskManyLabelled(std::size_t count) {
    for (std::size_t first = 0; first < count; first += 128) AskLabelled(128);
  }
  static std::size_t CellsRead(const IndexSnapshot& snapshot) {
    return snapshot.CellsRead(Spec().default_plan);
  }
  // Rows read for a query.
  double RowsRead() {
    return static_cast<double>(AskLabelled(512).sets.num_candidates) / 512;
  }
};

TEST_F(HotListLearningTest, AdoptsTheRowsThatManyQueriesWant) {
  CreatePlanted(Spec());
  const double before = RowsRead();
  AskManyLabelled(kEnough);
  const IndexStatus status = index_->status();
  ASSERT_EQ(status.learning.adopted, 1U) << status.learning.last.reason;
  EXPECT_THAT(status.learning.last.reason, HasSubstr("hot list of "));
  EXPECT_GT(status.learning.last.candidate.all,
            status.learning.last.current.all + 0.3);
  const auto snapshot = index_->snapshot();
  EXPECT_THAT(Hubs(), IsSubsetOf(*snapshot->hot_list));
  EXPECT_EQ(status.hot_rows, snapshot->hot_list->size());
  EXPECT_LT(CellsRead(*snapshot), 8U);
  EXPECT_LT(RowsRead(), 1.1 * before);
}

TEST_F(HotListLearningTest, WithoutAListNoneIsLearned) {
  IndexSpec spec = Spec();
  spec.hot_list_rows = 0;
  CreatePlanted(spec);
  AskManyLabelled(kEnough);
  EXPECT_GE(index_->status().learning.last.queries, 1U);
  EXPECT_THAT(*index_->snapshot()->hot_list, SizeIs(0));
  EXPECT_EQ(CellsRead(*index_->snapshot()), 8U);
}

TEST_F(HotListLearningTest, RebuildsKeepIt) {
  IndexSpec spec = Spec();
  spec.rehash_policy = EveryNSpec{.steps = 1};
  CreatePlanted(spec);
  AskManyLabelled(kEnough);
  const auto learned = index_->snapshot();
  ASSERT_LT(CellsRead(*learned), 8U);
  for (int rebuild = 0; rebuild < 12; ++rebuild) {
    ASSERT_TRUE(writer_->EndStep().ok());
    index_->WaitUntilIdleForTest();
  }
  const auto rebuilt = index_->snapshot();
  EXPECT_NE(rebuilt->codes, learned->codes);
  EXPECT_EQ(*rebuilt->hot_list, *learned->hot_list);
  EXPECT_EQ(CellsRead(*rebuilt), CellsRead(*learned));
}

// As answers may never have held them.
TEST_F(HotListLearningTest, RowsNobodyHasFoundAreListed) {
  IndexSpec spec = Spec();
  spec.learning.mode = LearnMode::kManual;
  CreatePlanted(spec);
  Pairs pairs = MakePairs(2 * kEnough);
  const std::vector<RowId> hubs = Hubs();
  CounterRng rng(1, 1);
  for (RowId& row : pairs.rows) {
    if (rng.NextBelow(2) == 0) row = hubs[rng.NextBelow(kHubs)];
  }
  const auto verdict = index_->Learn(pairs.view(), never_);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_TRUE(verdict->adopt) << verdict->reason;
  EXPECT_THAT(Hubs(), IsSubsetOf(*index_->snapshot()->hot_list))
      << verdict->reason;
}

TEST_F(HotListLearningTest, APlanForAllCellsStillReadsAllRows) {
  CreatePlanted(Spec());
  AskManyLabelled(kEnough);
  ASSERT_LT(CellsRead(*index_->snapshot()), 8U);
  const auto queries = planted_.Ask(16, 5).queries;
  NeuronQuery query = QueryOf(queries);
  query.plan.num_probes = 63;
  EXPECT_EQ(Ask(query)->sets.num_candidates, 16 * PlantedRows::kRows);
}

}  // namespace
}  // namespace mongoose
