#include "core/learn/hot_list_size.h"

#include <cstddef>
#include <numeric>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/counter_rng.h"
#include "tests/support/matrix.h"
#include "tests/support/partition.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;

// 32 cells of 40 rows, row r in cell r / 40; queries read 160 rows.  A query
// wants rows of its four nearest cells, and some of 40 hubs, the first two rows
// of the last twenty cells.
class HotListSizeTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kCells = 32;
  static constexpr std::size_t kCellRows = 40;
  static constexpr std::size_t kHubs = 40;
  static constexpr double kRead = 160;

  HotListSizeTest() {
    for (std::size_t row = 0; row < codes_.rows(); ++row) {
      codes_.mutable_row(row)[0] = static_cast<Code>(row / kCellRows);
    }
  }
  static RowId Hub(std::size_t hub) {
    return static_cast<RowId>((kCells - 1 - hub / 2) * kCellRows + hub % 2);
  }
  // Queries that want `near` rows of their nearest cells and `hubs` hubs.
  QueryTruths Wanting(std::size_t near, std::size_t hubs) const {
    constexpr std::size_t kQueries = 600;
    const Matrix queries = GaussianMatrix(kQueries, 16, 7);
    std::vector<Code> cells(4 * kQueries);
    partition_.NearestCells(queries.view(), 4, cells);
    QueryTruths truths(16, kQueries, /*max_rows=*/32);
    CounterRng rng(3, 0);
    for (std::size_t q = 0; q < kQueries; ++q) {
      std::vector<RowId> rows =
          test_support::RandomIds(4 * kCellRows, near, rng);
      for (RowId& row : rows) {
        const Code cell = cells[4 * q + row / kCellRows];
        row = static_cast<RowId>(cell * kCellRows + row % kCellRows);
      }
      for (const RowId hub : test_support::RandomIds(kHubs, hubs, rng)) {
        rows.push_back(Hub(hub));
      }
      truths.Add(queries.row(q), rows);
    }
    return truths;
  }
  std::optional<std::size_t> Choose(const QueryTruths& truths,
                                    const std::vector<RowId>& hot_list,
                                    std::size_t room = kCellRows * 4) const {
    return ChooseHotListSize(CellLayout(codes_, kCells).WithHotList(hot_list),
                             partition_, truths,
                             {.rows = kRead, .hot_rows = room});
  }

  const HashSpec spec_ = test_support::PartitionSpec(16, 5);
  const PartitionProjection partition_{spec_,
                                       test_support::RandomCells(spec_, 3)};
  CodeMatrix codes_{kCells * kCellRows, 1};
  const std::vector<RowId> none_;
};

TEST_F(HotListSizeTest, HubsAreWorthAList) {
  EXPECT_EQ(Choose(Wanting(10, 10), none_), kHubs);
}

TEST_F(HotListSizeTest, WithoutHubsThereIsNoList) {
  std::vector<RowId> hot(kHubs);
  std::iota(hot.begin(), hot.end(), RowId{0});
  EXPECT_EQ(Choose(Wanting(10, 0), hot), 0U);
  EXPECT_EQ(Choose(Wanting(10, 0), none_), std::nullopt);
}

TEST_F(HotListSizeTest, AListAsGoodAsTheBestStays) {
  const QueryTruths truths = Wanting(10, 10);
  EXPECT_EQ(Choose(truths, MostWanted(truths, kHubs)), std::nullopt);
}

TEST_F(HotListSizeTest, OtherRowsMayTakeTheirPlace) {
  std::vector<RowId> hot(kHubs);
  std::iota(hot.begin(), hot.end(), RowId{0});
  EXPECT_EQ(Choose(Wanting(10, 10), hot), kHubs);
}

TEST_F(HotListSizeTest, ThereMayBeLessRoom) {
  EXPECT_EQ(Choose(Wanting(10, 10), none_, /*room=*/39), 20U);
  EXPECT_EQ(Choose(Wanting(10, 10), none_, /*room=*/0), std::nullopt);
}

TEST_F(HotListSizeTest, NothingWantedChangesNothing) {
  EXPECT_EQ(Choose(Wanting(0, 0), none_), std::nullopt);
  EXPECT_EQ(Choose(QueryTruths(16, 8, /*max_rows=*/32), {1, 2, 3}),
            std::nullopt);
}

}  // namespace
}  // namespace mongoose
