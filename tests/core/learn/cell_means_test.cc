#include "core/learn/cell_means.h"

#include <cmath>
#include <cstddef>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matrix.h"
#include "tests/support/partition.h"
#include "tests/support/simd_targets.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;

constexpr std::size_t kCols = 2;
const HashSpec kSpec = test_support::PartitionSpec(kCols, 4);

// Rows (1, 0), (3, 0), (0, 2), (0, 4) and (2, 2).
Matrix FiveRows() {
  Matrix rows(5, kCols);
  rows.values = {1, 0, 3, 0, 0, 2, 0, 4, 2, 2};
  return rows;
}

CodeMatrix Codes(const std::vector<Code>& cells) {
  CodeMatrix codes(cells.size(), 1);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    codes.mutable_row(i)[0] = cells[i];
  }
  return codes;
}

std::vector<float> AnchorOf(const PartitionProjection::Cells& cells,
                            std::size_t cell) {
  return {cells.anchors[cell * kCols], cells.anchors[cell * kCols + 1]};
}

TEST(CellMeansTest, AnAnchorIsTheMeanOfItsRowsAndASpreadTheirDeviation) {
  const auto rows = test_support::FreezeMatrix(FiveRows());
  const std::vector<RowId> ids = {0, 1, 3};
  CellSums sums(kSpec, *rows);
  sums.Add(ids, Codes({2, 2, 7}));
  auto means = sums.Means();
  const auto& cells = means.cells;
  EXPECT_THAT(AnchorOf(cells, 2), ElementsAre(2, 0));
  EXPECT_THAT(AnchorOf(cells, 7), ElementsAre(0, 4));
  EXPECT_EQ(cells.spreads[7], 0);
  // Rows (1, 0) and (3, 0) lie 1 from their mean, along one of two axes.
  EXPECT_FLOAT_EQ(cells.spreads[2], std::sqrt(0.5F));
  // An empty cell takes half of cell 2, and none of cell 7, which has one row.
  CounterRng rng(1, 4);
  SplitLargest(kCols, rng, means);
  EXPECT_THAT(AnchorOf(cells, 7), ElementsAre(0, 4));
  const auto split = AnchorOf(cells, 2);
  const auto other = AnchorOf(cells, 15);
  EXPECT_NE(split, other);
  EXPECT_FLOAT_EQ((split[0] + other[0]) / 2, 2);
  EXPECT_NEAR((split[1] + other[1]) / 2, 0, 1e-6);
}

TEST(CellMeansTest, AnchorsGoWhereTheirRowsGo) {
  const auto old = test_support::RandomCells(kSpec, 3);
  std::vector<Code> every(32);
  for (std::size_t i = 0; i < every.size(); ++i) {
    every[i] = static_cast<Code>(i % 16);
  }
  every[5] = every[21] = 6;  // cell 5 is empty
  const Matrix rows = GaussianMatrix(32, kCols, 5);
  const auto frozen = test_support::FreezeMatrix(rows);
  CellSums sums(kSpec, *frozen);
  sums.Add(test_support::AllIds(32), Codes(every));
  const auto followed = sums.MeansOr(old).cells;
  for (std::size_t cell = 7; cell < 16; ++cell) {
    for (std::size_t c = 0; c < kCols; ++c) {
      const float mean = (rows.row(cell)[c] + rows.row(cell + 16)[c]) / 2;
      EXPECT_NEAR(AnchorOf(followed, cell)[c], mean, 1e-6);
    }
  }
  EXPECT_EQ(AnchorOf(followed, 5), AnchorOf(old, 5));
  EXPECT_EQ(followed.spreads[5], old.spreads[5]);
}

TEST(CellMeansTest, RowsThatMoveTakeTheirShareAlong) {
  constexpr std::size_t kRows = 64;
  constexpr std::size_t kWide = 19;  // no multiple of any register
  const HashSpec spec = test_support::PartitionSpec(kWide, 4);
  const auto rows = test_support::FreezeMatrix(GaussianMatrix(kRows, kWide, 5));
  std::vector<Code> before(kRows);
  for (std::size_t i = 0; i < kRows; ++i) before[i] = i % 16;
  std::vector<Code> after = before;
  after[3] = 9;
  after[40] = 8;                                             // where it is
  for (std::size_t i = 5; i < kRows; i += 16) after[i] = 6;  // all of cell 5
  const std::vector<RowId> moved = {3, 5, 21, 37, 40, 53};
  test_support::ForEachSimdTarget([&] {
    CellSums sums(spec, *rows);
    sums.Add(test_support::AllIds(kRows), Codes(before));
    sums.Move(moved, Codes(before), Codes(after));
    CellSums expected(spec, *rows);
    expected.Add(test_support::AllIds(kRows), Codes(after));
    EXPECT_EQ(sums.Means().sizes, expected.Means().sizes);
    EXPECT_EQ(sums.Means().sizes[5], 0U);
    EXPECT_THAT(sums.Means().cells.anchors,
                Pointwise(FloatNear(1e-5F), expected.Means().cells.anchors));
    EXPECT_THAT(sums.Means().cells.spreads,
                Pointwise(FloatNear(1e-5F), expected.Means().cells.spreads));
  });
}

TEST(CellMeansTest, IsTheSameOnEveryTarget) {
  const HashSpec spec = test_support::PartitionSpec(19, 4);
  const auto rows = test_support::FreezeMatrix(GaussianMatrix(64, 19, 5));
  const std::vector<Code> codes(64, 3);
  const auto means = [&] {
    CellSums sums(spec, *rows);
    sums.Add(test_support::AllIds(64), Codes(codes));
    return sums.Means().cells;
  };
  const auto expected = means();
  test_support::ForEachSimdTarget([&] {
    EXPECT_EQ(means().anchors, expected.anchors);
    EXPECT_EQ(means().spreads, expected.spreads);
  });
}

TEST(CellMeansTest, WhatARouterHasLearnedMovesAlong) {
  const auto cells = test_support::RandomCells(kSpec, 3);
  PartitionProjection::Router router{cells.anchors, cells.spreads};
  for (float& v : router.vectors) v += 0.25F;
  for (float& v : router.offsets) v -= 0.5F;
  const PartitionProjection old(kSpec, cells, router);
  const auto now = test_support::RandomCells(kSpec, 4);
  const auto carried = WithRouterOf(old, now);
  ASSERT_TRUE(carried->has_learned_router());
  std::vector<float> vectors = now.anchors;
  for (float& v : vectors) v += 0.25F;
  std::vector<float> offsets = now.spreads;
  for (float& v : offsets) v -= 0.5F;
  EXPECT_THAT(carried->router().vectors, Pointwise(FloatNear(1e-5F), vectors));
  EXPECT_THAT(carried->router().offsets, Pointwise(FloatNear(1e-5F), offsets));
}

}  // namespace
}  // namespace mongoose
