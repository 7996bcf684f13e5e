#include "core/learn/hash_gate.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matrix.h"
#include "tests/support/partition.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Counts = std::vector<std::uint32_t>;

// Queries of one column that are 1; query i wants rows[i].
QueryTruths Wanting(const std::vector<std::vector<RowId>>& rows) {
  QueryTruths truths(1, rows.size(), /*max_rows=*/32);
  for (const auto& of_query : rows) {
    truths.Add(std::vector<float>{1}, of_query);
  }
  return truths;
}

// 16 cells of 10 rows each, row r in cell r / 10; the query 1 reads them from
// cell 0 on.
class FindInCellsTest : public ::testing::Test {
 protected:
  static PartitionProjection Descending() {
    PartitionProjection::Cells cells{.spreads = std::vector<float>(16)};
    for (int cell = 0; cell < 16; ++cell) {
      cells.anchors.push_back(static_cast<float>(16 - cell));
    }
    return {test_support::PartitionSpec(1, 4), cells};
  }
  // How many of rows 0, 10, 20, ..., one a cell, are found; the rows at and
  // after `hot` are called hot.
  float NumFound(double rows, std::size_t hot_rows, RowId hot = kNoRow) const {
    const QueryTruths truths =
        Wanting({{0, 10, 20, 30, 40, 50, 60, 70, 80, 90}});
    std::vector<std::uint32_t> cells;
    for (const RowId row : truths.all_rows()) {
      cells.push_back(row >= hot ? 16 : row / 10);
    }
    const FoundRows found =
        FindInCells(partition_, sizes_, hot_rows, cells,
                    {.held_back = truths, .hubs = {}, .rows = rows});
    EXPECT_THAT(found.wanted, ElementsAre(10));
    return found.found[0];
  }

  const PartitionProjection partition_ = Descending();
  const std::vector<std::size_t> sizes_ = std::vector<std::size_t>(16, 10);
};

TEST_F(FindInCellsTest, ReadsTheCellsOfLargestKeyWithinTheRows) {
  EXPECT_EQ(NumFound(0, 0), 0);
  EXPECT_EQ(NumFound(10, 0), 1);
  EXPECT_EQ(NumFound(40, 0), 4);
  EXPECT_EQ(NumFound(1000, 0), 10);
}

TEST_F(FindInCellsTest, TheLastCellCountsByWhatFits) {
  EXPECT_FLOAT_EQ(NumFound(24, 0), 2.4F);
  EXPECT_FLOAT_EQ(NumFound(25, 0), 2.5F);
}

TEST_F(FindInCellsTest, TheHotListIsReadFirstAndTakesItsRows) {
  EXPECT_EQ(NumFound(40, 10), 3);
  EXPECT_EQ(NumFound(40, 10, /*hot=*/90), 4);
  EXPECT_FLOAT_EQ(NumFound(40, 100, /*hot=*/90), 0.4F);
}

TEST_F(FindInCellsTest, RowsOfNoQueryAreNotWanted) {
  const QueryTruths truths = Wanting({{5, 155}, {}, {7}});
  std::vector<std::uint32_t> cells;
  for (const RowId row : truths.all_rows()) {
    cells.push_back(row == kNoRow ? UINT32_MAX : row / 10);
  }
  const FoundRows found =
      FindInCells(partition_, sizes_, 0, cells,
                  {.held_back = truths, .hubs = {}, .rows = 50});
  EXPECT_THAT(found.wanted, ElementsAre(2, 0, 1));
  EXPECT_THAT(found.found, ElementsAre(1, 0, 1));
}

TEST_F(FindInCellsTest, HubsAreLeftOutOfTheRareRows) {
  const QueryTruths truths = Wanting({{5, 6, 155}});
  std::vector<std::uint32_t> cells(truths.max_rows(), UINT32_MAX);
  cells[0] = cells[1] = 0;
  cells[2] = 15;
  const std::vector<RowId> hubs = {4, 6, 9};
  const FoundRows found =
      FindInCells(partition_, sizes_, 0, cells,
                  {.held_back = truths, .hubs = hubs, .rows = 10});
  EXPECT_THAT(found.wanted, ElementsAre(3));
  EXPECT_THAT(found.found, ElementsAre(2));
  EXPECT_THAT(found.wanted_rare, ElementsAre(2));
  EXPECT_THAT(found.found_rare, ElementsAre(1));
}

// Random partitions, sizes, wanted cells and budgets.
class RandomGateTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  static constexpr std::size_t kCells = 64;
  static constexpr std::size_t kQueries = 150;  // not a multiple of a block
  static constexpr std::size_t kCols = 12;
  static constexpr std::size_t kWanted = 32;
  static constexpr std::size_t kHot = 30;

  RandomGateTest() {
    for (std::size_t& size : sizes_) size = rng_.NextBelow(40);
    for (std::size_t q = 0; q < kQueries; ++q) {
      std::vector<RowId> rows(rng_.NextBelow(12));
      for (RowId& row : rows) row = rng_.NextBelow(1000);
      truths_.Add(queries_.row(q), rows);
    }
    for (std::uint32_t& cell : cells_) cell = rng_.NextBelow(kCells + 1);
    for (RowId row = 0; row < 1000; row += 9) hubs_.push_back(row);
  }
  // The shares of the cells read for a query, by the plainest way.
  std::vector<float> NaiveRead(std::size_t query, double rows) const {
    std::vector<float> keys(kCells);
    partition_.CellKeys(queries_.view().Rows(query, 1), keys);
    std::vector<std::size_t> order(kCells);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater<>(),
                             [&](std::size_t cell) { return keys[cell]; });
    std::vector<float> read(kCells + 1);
    read[kCells] = static_cast<float>(std::min(1.0, rows / double{kHot}));
    double left = rows - double{kHot};
    for (const std::size_t cell : order) {
      if (left <= 0) break;
      const auto size = static_cast<double>(sizes_[cell]);
      read[cell] =
          size == 0 ? 1 : static_cast<float>(std::min(1.0, left / size));
      left -= size;
    }
    return read;
  }
  FoundRows NaiveFind(double budget) const {
    FoundRows out;
    for (std::size_t q = 0; q < kQueries; ++q) {
      const std::vector<float> read = NaiveRead(q, budget);
      float wanted[2] = {};
      float found[2] = {};
      for (std::size_t i = 0; i < kWanted; ++i) {
        const RowId row = truths_.rows(q)[i];
        if (row == kNoRow) continue;
        const bool rare = row % 9 != 0;
        for (const int arm : {0, 1}) {
          if (arm == 1 && !rare) continue;
          wanted[arm] += 1;
          found[arm] += read[cells_[q * kWanted + i]];
        }
      }
      out.wanted.push_back(wanted[0]);
      out.found.push_back(found[0]);
      out.wanted_rare.push_back(wanted[1]);
      out.found_rare.push_back(found[1]);
    }
    return out;
  }

  CounterRng rng_{GetParam(), 0};
  const HashSpec spec_ = test_support::PartitionSpec(kCols, 6);
  const PartitionProjection partition_{
      spec_, test_support::RandomCells(spec_, GetParam())};
  const Matrix queries_ = GaussianMatrix(kQueries, kCols, GetParam());
  std::vector<std::size_t> sizes_ = std::vector<std::size_t>(kCells);
  QueryTruths truths_{kCols, kQueries, kWanted};
  std::vector<std::uint32_t> cells_ =
      std::vector<std::uint32_t>(kQueries * kWanted);
  std::vector<RowId> hubs_;
};

TEST_P(RandomGateTest, FindsInCellsWhatTheNaiveWayFinds) {
  for (const double rows : {0.0, 10.0, 45.5, 200.0, 700.0, 1e6}) {
    const FoundRows expected = NaiveFind(rows);
    const FoundRows found =
        FindInCells(partition_, sizes_, kHot, cells_,
                    {.held_back = truths_, .hubs = hubs_, .rows = rows});
    EXPECT_EQ(found.wanted, expected.wanted) << rows;
    EXPECT_EQ(found.found, expected.found) << rows;
    EXPECT_EQ(found.wanted_rare, expected.wanted_rare) << rows;
    EXPECT_EQ(found.found_rare, expected.found_rare) << rows;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomGateTest,
                         ::testing::Range<std::uint64_t>(1, 6));

TEST(FindInListTest, CountsTheWantedRowsOfTheList) {
  const QueryTruths truths = Wanting({{3, 8, 9}, {4}, {}});
  const std::vector<RowId> list = {3, 9, 12};
  const std::vector<RowId> hubs = {3};
  const FoundRows found =
      FindInList(list, {.held_back = truths, .hubs = hubs, .rows = 3});
  EXPECT_THAT(found.wanted, ElementsAre(3, 1, 0));
  EXPECT_THAT(found.found, ElementsAre(2, 0, 0));
  EXPECT_THAT(found.wanted_rare, ElementsAre(2, 1, 0));
  EXPECT_THAT(found.found_rare, ElementsAre(1, 0, 0));
}

TEST(MostWantedTest, AreThoseOfMostQueriesAscending) {
  const QueryTruths truths =
      Wanting({{9, 5, 2}, {9, 5}, {9, 2}, {5, 7}, {9}, {1}});
  EXPECT_THAT(MostWanted(truths, 1), ElementsAre(9));
  EXPECT_THAT(MostWanted(truths, 2), ElementsAre(5, 9));
  EXPECT_THAT(MostWanted(truths, 3), ElementsAre(2, 5, 9));
}

TEST(MostWantedTest, AreWantedAtLeastTwice) {
  const QueryTruths truths = Wanting({{9, 5}, {9}, {3}});
  EXPECT_THAT(MostWanted(truths, 100), ElementsAre(9));
  EXPECT_THAT(MostWanted(truths, 0), IsEmpty());
  EXPECT_THAT(MostWanted(Wanting({}), 10), IsEmpty());
}

TEST(MostWantedTest, TiesGoToTheLowerId) {
  const QueryTruths truths = Wanting({{8, 2, 6}, {6, 8, 2}});
  EXPECT_THAT(MostWanted(truths, 2), ElementsAre(2, 6));
}

TEST(RecallOfTest, IsTheShareOfAllWantedRows) {
  const FoundRows found{.wanted = {10, 2, 0},
                        .found = {5, 1, 0},
                        .wanted_rare = {4, 0, 0},
                        .found_rare = {1, 0, 0}};
  EXPECT_DOUBLE_EQ(RecallOf(found).all, 0.5);
  EXPECT_DOUBLE_EQ(RecallOf(found).without_hubs, 0.25);
}

}  // namespace
}  // namespace mongoose
