#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/query/neuron_query.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Three samples over 100 rows, with labels {70, 5}, {}, {5, 70, 70}.
class UniteActiveSetsTest : public ::testing::Test {
 protected:
  UniteActiveSetsTest() {
    query_.queries = queries_.view();
    query_.label_offsets = label_offsets_;
    query_.label_ids = label_ids_;
    sets_.offsets = {0, 4, 6, 9};
    sets_.ids = {70, 5, 9, 64, 99, 9, 5, 70, 0};
  }
  ActiveUnion Unite(bool want_positions = true) const {
    return UniteActiveSets(sets_, query_, 100, want_positions);
  }
  void AppendRandomSample(CounterRng& rng) {
    const auto ids = test_support::RandomIds(100, rng.NextBelow(60), rng);
    sets_.ids.insert(sets_.ids.end(), ids.begin(), ids.end());
    sets_.offsets.push_back(static_cast<std::uint32_t>(sets_.ids.size()));
  }
  const test_support::Matrix queries_{3, 2};
  const std::vector<std::uint32_t> label_offsets_ = {0, 2, 2, 5};
  const std::vector<RowId> label_ids_ = {70, 5, 5, 70, 70};
  NeuronQuery query_;
  ActiveSets sets_;
};

TEST_F(UniteActiveSetsTest, ListsLabelsByFirstUseThenTheRestAscending) {
  EXPECT_THAT(Unite().ids, ElementsAre(70, 5, 0, 9, 64, 99));
  EXPECT_THAT(Unite().log_weights, IsEmpty());
}

TEST_F(UniteActiveSetsTest, PositionsLeadBackToTheSamplesRows) {
  const ActiveUnion unite = Unite();
  EXPECT_EQ(unite.offsets, sets_.offsets);
  std::vector<RowId> rows;
  for (const std::uint32_t place : unite.positions) {
    rows.push_back(unite.ids[place]);
  }
  EXPECT_EQ(rows, sets_.ids);
}

TEST_F(UniteActiveSetsTest, GivesPositionsOnlyWhenAsked) {
  EXPECT_THAT(Unite(false).positions, IsEmpty());
  EXPECT_EQ(Unite(false).ids, Unite(true).ids);
}

TEST_F(UniteActiveSetsTest, DrawsOneTailOutsideTheWholeUnion) {
  query_.plan.num_tail = 30;
  const ActiveUnion unite = Unite();
  ASSERT_EQ(unite.ids.size(), 36U);
  EXPECT_EQ(std::set<RowId>(unite.ids.begin(), unite.ids.end()).size(), 36U);
  for (std::size_t i = 0; i < 36; ++i) {
    EXPECT_NEAR(unite.log_weights[i], i < 6 ? 0 : std::log(94.0 / 30), 1e-6);
  }
}

TEST_F(UniteActiveSetsTest, TheTailSeedDecidesTheTail) {
  query_.plan.num_tail = 30;
  const auto first = Unite().ids;
  EXPECT_EQ(Unite().ids, first);
  query_.plan.tail_seed = 1;
  EXPECT_NE(Unite().ids, first);
}

TEST_F(UniteActiveSetsTest, RandomSetsKeepEveryRowAndPosition) {
  CounterRng rng(1, 2);
  query_ = {.queries = queries_.view()};
  for (int round = 0; round < 50; ++round) {
    sets_ = {.offsets = {0}};
    for (int sample = 0; sample < 3; ++sample) AppendRandomSample(rng);
    const ActiveUnion unite = Unite();
    const std::set<RowId> truth(sets_.ids.begin(), sets_.ids.end());
    ASSERT_TRUE(std::ranges::equal(unite.ids, truth));
    for (std::size_t i = 0; i < sets_.ids.size(); ++i) {
      ASSERT_EQ(unite.ids[unite.positions[i]], sets_.ids[i]);
    }
  }
}

}  // namespace
}  // namespace mongoose
