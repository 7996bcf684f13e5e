#include "core/learn/router_cost.h"

#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/matrix.h"
#include "tests/support/partition.h"

namespace mongoose {
namespace {

// 32 cells, cell i of 10 + i rows.
class RouterCostTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kCells = 32;

  RouterCostTest() {
    for (std::size_t cell = 0; cell < kCells; ++cell) {
      sizes_[cell] = 10 + cell;
    }
  }
  ReadPlan Reading(std::size_t num_cells) const {
    return {
        .queries = queries_.view(), .num_cells = num_cells, .sizes = sizes_};
  }
  // Likes large cells.
  PartitionProjection::Router Greedy() const {
    auto router = PartitionProjection::RouterOf(partition_.cells());
    for (std::size_t cell = 0; cell < kCells; ++cell) {
      router.offsets[cell] += 0.2F * static_cast<float>(cell);
    }
    return router;
  }

  const HashSpec spec_ = test_support::PartitionSpec(16, 5);
  const PartitionProjection partition_{spec_,
                                       test_support::RandomCells(spec_, 3)};
  const test_support::Matrix queries_ =
      test_support::GaussianMatrix(200, 16, 7);
  std::vector<std::size_t> sizes_ = std::vector<std::size_t>(kCells);
};

TEST_F(RouterCostTest, AllCellsAreAllRows) {
  EXPECT_EQ(MeanRowsRead(partition_, Reading(kCells)), 32 * 10 + 31 * 16);
  ReadPlan nobody = Reading(kCells);
  nobody.queries = {};
  EXPECT_EQ(MeanRowsRead(partition_, nobody), 0);
}

TEST_F(RouterCostTest, MostCellsIsTheLastThatFits) {
  for (const std::size_t cells : {2U, 7U, 31U, 32U}) {
    const double rows = MeanRowsRead(partition_, Reading(cells));
    EXPECT_EQ(MostCells(partition_, Reading(1), rows), cells);
    EXPECT_EQ(MostCells(partition_, Reading(1), rows - 0.001), cells - 1);
  }
}

TEST_F(RouterCostTest, MostCellsIsOneAtLeastAndAllAtMost) {
  EXPECT_EQ(MostCells(partition_, Reading(1), 0), 1U);
  EXPECT_EQ(MostCells(partition_, Reading(1), 1e6), kCells);
}

TEST_F(RouterCostTest, ARouterThatLikesLargeCellsIsMadeAsCheapAsAsked) {
  const PartitionProjection greedy(spec_, partition_.cells(), Greedy());
  const double rows = MeanRowsRead(partition_, Reading(4));
  ASSERT_GT(MeanRowsRead(greedy, Reading(4)), 1.05 * rows);
  const auto levelled = LevelCost(partition_, Greedy(), Reading(4), rows);
  EXPECT_LE(MeanRowsRead(*levelled, Reading(4)), rows);
  EXPECT_GT(MeanRowsRead(*levelled, Reading(4)), 0.95 * rows);
}

TEST_F(RouterCostTest, ARouterThatIsCheapEnoughStays) {
  const auto levelled = LevelCost(partition_, Greedy(), Reading(4), 1e6);
  EXPECT_EQ(levelled->router().offsets, Greedy().offsets);
}

}  // namespace
}  // namespace mongoose
