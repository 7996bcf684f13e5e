#include "core/learn/cell_layout.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/learn/router_trainer.h"
#include "tests/support/matrix.h"
#include "tests/support/partition.h"

namespace mongoose {
namespace {

using ::testing::ElementsAre;

constexpr std::uint32_t kNoCell = RouterTrainer::kNoCell;

// Ten rows in four cells; row i in cell i % 3, so that the last is empty.
class CellLayoutTest : public ::testing::Test {
 protected:
  CellLayoutTest() {
    for (std::size_t row = 0; row < codes_.rows(); ++row) {
      codes_.mutable_row(row)[0] = static_cast<Code>(row % 3);
    }
  }
  static std::vector<std::uint32_t> CellsOf(const CellLayout& layout,
                                            const std::vector<RowId>& rows) {
    QueryTruths truths(1, 1, /*max_rows=*/32);
    truths.Add(std::vector<float>{1}, rows);
    std::vector<std::uint32_t> cells = layout.CellsOf(truths, /*hot_name=*/99);
    EXPECT_EQ(cells.size(), truths.max_rows());
    for (std::size_t i = rows.size(); i < cells.size(); ++i) {
      EXPECT_EQ(cells[i], kNoCell);
    }
    cells.resize(rows.size());
    return cells;
  }

  CodeMatrix codes_{10, 1};
  const std::vector<RowId> hot_ = {0, 3, 5};
};

TEST_F(CellLayoutTest, CountsTheRowsOfEachCell) {
  const CellLayout layout(codes_, 4);
  EXPECT_THAT(layout.sizes(), ElementsAre(4, 3, 3, 0));
  EXPECT_TRUE(layout.hot_list().empty());
  EXPECT_THAT(CellsOf(layout, {9, 1, 5}), ElementsAre(0, 1, 2));
}

TEST_F(CellLayoutTest, RowsOfTheHotListStandInNoCell) {
  const CellLayout layout = CellLayout(codes_, 4).WithHotList(hot_);
  EXPECT_THAT(layout.sizes(), ElementsAre(2, 3, 2, 0));
  EXPECT_THAT(layout.hot_list(), ElementsAre(0, 3, 5));
  EXPECT_THAT(CellsOf(layout, {9, 3, 1, 5}), ElementsAre(0, 99, 1, 99));
}

TEST_F(CellLayoutTest, AnotherHotListTakesThePlaceOfTheFirst) {
  const std::vector<RowId> other = {3, 4};
  const CellLayout layout =
      CellLayout(codes_, 4).WithHotList(hot_).WithHotList(other);
  EXPECT_THAT(layout.sizes(), ElementsAre(3, 2, 3, 0));
  EXPECT_THAT(CellsOf(layout, {0, 3, 4}), ElementsAre(0, 99, 99));
  EXPECT_THAT(layout.WithHotList({}).sizes(), ElementsAre(4, 3, 3, 0));
}

TEST_F(CellLayoutTest, FindsTheHotListAndTheCellsThatFit) {
  // The query 1 reads cell 0 first, then 1, then 2.
  const PartitionProjection partition(
      test_support::PartitionSpec(1, 2),
      {.anchors = {4, 3, 2, 1}, .spreads = {0, 0, 0, 0}});
  QueryTruths truths(1, 1, /*max_rows=*/32);
  truths.Add(std::vector<float>{1}, std::vector<RowId>{0, 1, 2, 5, 9});
  const CellLayout layout = CellLayout(codes_, 4).WithHotList(hot_);
  const auto found = [&](double rows) {
    return FindIn(layout, partition,
                  {.held_back = truths, .hubs = {}, .rows = rows})
        .found[0];
  };
  EXPECT_EQ(found(3), 2);   // rows 0 and 5
  EXPECT_EQ(found(5), 3);   // and 9, of cell 0
  EXPECT_EQ(found(8), 4);   // and 1
  EXPECT_EQ(found(10), 5);  // all
}

}  // namespace
}  // namespace mongoose
