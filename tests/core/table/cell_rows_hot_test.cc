// The hot list of a partition: a cell of its own.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/table/cell_rows.h"
#include "tests/support/codes.h"
#include "tests/support/matrix.h"
#include "tests/support/partition.h"

namespace mongoose {
namespace {

using test_support::AllIds;
using test_support::FreezeMatrix;
using test_support::GaussianMatrix;
using test_support::Matrix;

// The id, step and values of the rows of every cell, that of the hot list last.
using Cell = std::set<std::tuple<RowId, float, std::vector<int>>>;
std::vector<Cell> Contents(const CellRows& rows) {
  std::vector<Cell> cells(rows.num_cells() + 1);
  for (std::size_t cell = 0; cell < cells.size(); ++cell) {
    for (auto& row : test_support::ReadCell(rows, cell)) {
      cells[cell].insert({row.id, row.step, std::move(row.values)});
    }
    EXPECT_EQ(cells[cell].size(), rows.cell_size(cell)) << cell;
  }
  return cells;
}

// Both sum the same values, in different orders.
void ExpectSameSums(const CellSums& sums, const CellSums& expected) {
  for (std::size_t cell = 0; cell < expected.num_cells(); ++cell) {
    ASSERT_EQ(sums.size(cell), expected.size(cell));
    ASSERT_NEAR(sums.squares(cell), expected.squares(cell),
                1e-12 * (1 + expected.squares(cell)));
    for (std::size_t c = 0; c < expected.cols(); ++c) {
      ASSERT_NEAR(sums.values(cell)[c], expected.values(cell)[c], 1e-10);
    }
  }
}

std::vector<RowId> Sorted(std::vector<RowId> ids) {
  std::ranges::sort(ids);
  return ids;
}

struct Shape {
  std::size_t rows, cols, bits, hot;
};

class CellRowsHotTest : public ::testing::TestWithParam<Shape> {
 protected:
  // What the rows, codes and hot list of now give.
  CellRows BuiltAnew() const {
    return {codes_, num_cells_, *FreezeMatrix(values_), hot_};
  }
  std::vector<RowId> RandomList(std::size_t size) {
    return Sorted(test_support::RandomIds(GetParam().rows, size, rng_));
  }
  void ChangeRow(CellRows& rows, RowId row) {
    for (float& value : values_.row(row)) {
      value = static_cast<float>(3 * rng_.NextGaussian());
    }
    const Code from = codes_.row(row)[0];
    test_support::SetRandomRow(codes_, row, GetParam().bits, rng_);
    rows.Set(row, from, codes_.row(row)[0], values_.row(row));
  }
  void ChangeRows(CellRows& rows, std::size_t changes) {
    for (std::size_t i = 0; i < changes; ++i) {
      ChangeRow(rows,
                rng_.NextBelow(static_cast<std::uint32_t>(GetParam().rows)));
    }
  }
  void SetHot(CellRows& rows, std::vector<RowId> hot) {
    hot_ = std::move(hot);
    rows.SetHotRows(hot_, codes_, *FreezeMatrix(values_));
  }

  const std::size_t num_cells_ = std::size_t{1} << GetParam().bits;
  CounterRng rng_{GetParam().rows, GetParam().cols};
  CodeMatrix codes_ =
      test_support::RandomCodes(GetParam().rows, 1, GetParam().bits, rng_);
  Matrix values_ = GaussianMatrix(GetParam().rows, GetParam().cols, 1);
  std::vector<RowId> hot_ = RandomList(GetParam().hot);
};

TEST_P(CellRowsHotTest, StandsInACellOfItsOwnAndNowhereElse) {
  const CellRows rows = BuiltAnew();
  EXPECT_EQ(rows.num_cells(), num_cells_);
  EXPECT_EQ(rows.hot_cell(), num_cells_);
  EXPECT_EQ(Sorted(rows.RowsOfCell(rows.hot_cell())), hot_);
  for (const RowId row : AllIds(GetParam().rows)) {
    const bool hot = std::ranges::binary_search(hot_, row);
    ASSERT_EQ(rows.is_hot(row), hot);
    const auto cell = rows.RowsOfCell(codes_.row(row)[0]);
    ASSERT_EQ(std::ranges::count(cell, row), hot ? 0 : 1);
  }
}

TEST_P(CellRowsHotTest, RowsKeepTheirValues) {
  const CellRows rows = BuiltAnew();
  for (const RowId row : AllIds(GetParam().rows)) {
    ASSERT_EQ(rows.DistanceTo(row, values_.row(row)), 0);
  }
  CodeMatrix all_in_one(GetParam().rows, 1);
  const auto plain =
      Contents(CellRows(all_in_one, num_cells_, *FreezeMatrix(values_)));
  Cell all;
  for (const Cell& cell : Contents(rows)) all.insert(cell.begin(), cell.end());
  EXPECT_EQ(all, plain[0]);
}

TEST_P(CellRowsHotTest, ASetRowStaysInTheHotListWithItsNewValues) {
  CellRows rows = BuiltAnew();
  for (const RowId row : hot_) {
    ChangeRow(rows, row);
    ASSERT_TRUE(rows.is_hot(row));
    ASSERT_EQ(rows.DistanceTo(row, values_.row(row)), 0);
  }
  EXPECT_EQ(Contents(rows), Contents(BuiltAnew()));
}

TEST_P(CellRowsHotTest, ARowThatLeavesGoesToTheCellOfItsNewestCode) {
  CellRows rows = BuiltAnew();
  for (const RowId row : hot_) ChangeRow(rows, row);
  SetHot(rows, {});
  EXPECT_EQ(rows.cell_size(rows.hot_cell()), 0U);
  for (const RowId row : AllIds(GetParam().rows)) {
    ASSERT_FALSE(rows.is_hot(row));
    const auto cell = rows.RowsOfCell(codes_.row(row)[0]);
    ASSERT_EQ(std::ranges::count(cell, row), 1);
  }
}

TEST_P(CellRowsHotTest, AllRowsMayEnterAndLeave) {
  CellRows rows = BuiltAnew();
  SetHot(rows, AllIds(GetParam().rows));
  EXPECT_EQ(rows.cell_size(rows.hot_cell()), GetParam().rows);
  ChangeRows(rows, 50);
  EXPECT_EQ(Contents(rows), Contents(BuiltAnew()));
  SetHot(rows, {});
  EXPECT_EQ(Contents(rows), Contents(BuiltAnew()));
}

TEST_P(CellRowsHotTest, SumsAreOfTheRowsThatBelongToACellWhereverTheyStand) {
  CellRows rows = BuiltAnew();
  for (int round = 0; round < 5; ++round) {
    ChangeRows(rows, 30);
    SetHot(rows, RandomList(GetParam().hot));
    ExpectSameSums(rows.sums(), BuiltAnew().sums());
  }
}

TEST_P(CellRowsHotTest, SumsMadeAnewForgetAHugeRow) {
  CellRows rows = BuiltAnew();
  const Code cell = codes_.row(0)[0];
  const std::vector<float> huge(GetParam().cols, 1e20F);
  rows.Set(0, cell, cell, huge);
  rows.Set(0, cell, cell, values_.row(0));
  EXPECT_EQ(rows.sums().lost_digits(), rows.sums().size(cell) > 1);
  rows.SumAnew(codes_);
  EXPECT_FALSE(rows.sums().lost_digits());
  ExpectSameSums(rows.sums(), BuiltAnew().sums());
}

// As snapshots do: a copy is made ready, changed, and outlives its original.
TEST_P(CellRowsHotTest, CopiesMadeReadyForChangesKeepTheRest) {
  auto rows = std::make_unique<CellRows>(BuiltAnew());
  for (int round = 0; round < 8; ++round) {
    const auto before = Contents(*rows);
    auto next = std::make_unique<CellRows>(*rows);
    next->ExpectChanges(round % 3 == 0 ? 1 : GetParam().rows);
    next->ExpectChanges(GetParam().rows);
    ChangeRows(*next, round % 2 == 0 ? 3 : 60);
    ASSERT_EQ(Contents(*rows), before);
    rows = std::move(next);
    ASSERT_EQ(Contents(*rows), Contents(BuiltAnew()));
  }
}

TEST_P(CellRowsHotTest, OnlyRowsThatEnterOrLeaveTakeNewValues) {
  CellRows rows = BuiltAnew();
  const std::vector<RowId> before = hot_;
  const Matrix moved = GaussianMatrix(GetParam().rows, GetParam().cols, 2);
  hot_ = RandomList(GetParam().hot);
  rows.SetHotRows(hot_, codes_, *FreezeMatrix(moved));
  for (const RowId row : AllIds(GetParam().rows)) {
    const bool changed = std::ranges::binary_search(before, row) !=
                         std::ranges::binary_search(hot_, row);
    const Matrix& expected = changed ? moved : values_;
    ASSERT_EQ(rows.DistanceTo(row, expected.row(row)), 0) << row;
  }
}

TEST_P(CellRowsHotTest, RandomChangesGiveWhatIsBuiltAnew) {
  CellRows rows = BuiltAnew();
  for (int round = 0; round < 30; ++round) {
    ChangeRows(rows, 1 + rng_.NextBelow(60));
    const auto most = static_cast<std::uint32_t>(GetParam().rows);
    SetHot(rows, RandomList(rng_.NextBelow(most + 1)));
    ChangeRows(rows, rng_.NextBelow(20));
    ASSERT_EQ(Contents(rows), Contents(BuiltAnew())) << round;
  }
}

TEST_P(CellRowsHotTest, TheSameListAgainChangesNothing) {
  CellRows rows = BuiltAnew();
  const auto before = Contents(rows);
  rows.SetHotRows(hot_, codes_,
                  *FreezeMatrix(Matrix(values_.rows, values_.cols, 9.0F)));
  EXPECT_EQ(Contents(rows), before);
}

TEST_P(CellRowsHotTest, ACopyStaysAsItWas) {
  CellRows rows = BuiltAnew();
  const CellRows copy = rows;
  const auto then = Contents(copy);
  const std::vector<RowId> hot_then = hot_;
  for (int round = 0; round < 5; ++round) {
    ChangeRows(rows, 60);
    SetHot(rows, RandomList(GetParam().rows / 2));
  }
  EXPECT_EQ(Contents(copy), then);
  for (const RowId row : hot_then) EXPECT_TRUE(copy.is_hot(row));
  EXPECT_EQ(Contents(rows), Contents(BuiltAnew()));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, CellRowsHotTest,
    ::testing::Values(Shape{1, 1, 4, 1}, Shape{16, 5, 4, 16},
                      Shape{17, 129, 4, 3}, Shape{300, 5, 4, 0},
                      Shape{300, 16, 0, 40}, Shape{300, 64, 6, 17},
                      Shape{40, 1050, 4, 20}));

}  // namespace
}  // namespace mongoose
