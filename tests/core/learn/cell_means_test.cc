#include "core/learn/cell_means.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matrix.h"
#include "tests/support/partition.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;

constexpr std::size_t kCols = 2;
const HashSpec kSpec = test_support::PartitionSpec(kCols, 4);

std::vector<float> AnchorOf(const PartitionProjection::Cells& cells,
                            std::size_t cell) {
  return {cells.anchors[cell * kCols], cells.anchors[cell * kCols + 1]};
}

CellSums Sums(const Matrix& rows, const std::vector<Code>& codes) {
  CellSums sums(16, rows.cols);
  std::vector<float> padded(sums.stride());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    std::ranges::copy(rows.row(i), padded.begin());
    sums.Add(codes[i], padded);
  }
  return sums;
}

TEST(CellMeansTest, AnAnchorIsTheMeanOfItsRowsAndASpreadTheirDeviation) {
  Matrix rows(3, kCols);
  rows.values = {1, 0, 3, 0, 0, 4};
  auto means = MeansOf(Sums(rows, {2, 2, 7}));
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

TEST(CellMeansTest, ACellWithoutRowsKeepsItsAnchor) {
  const auto old = test_support::RandomCells(kSpec, 3);
  std::vector<Code> every(32);
  for (std::size_t i = 0; i < every.size(); ++i) {
    every[i] = static_cast<Code>(i % 16);
  }
  every[5] = every[21] = 6;  // cell 5 is empty
  const Matrix rows = GaussianMatrix(32, kCols, 5);
  const auto followed = MeansOr(Sums(rows, every), old).cells;
  for (std::size_t cell = 7; cell < 16; ++cell) {
    for (std::size_t c = 0; c < kCols; ++c) {
      const float mean = (rows.row(cell)[c] + rows.row(cell + 16)[c]) / 2;
      EXPECT_NEAR(AnchorOf(followed, cell)[c], mean, 1e-6);
    }
  }
  EXPECT_EQ(AnchorOf(followed, 5), AnchorOf(old, 5));
  EXPECT_EQ(followed.spreads[5], old.spreads[5]);
}

TEST(CellMeansTest, WhatARouterHasLearnedMovesAlong) {
  const auto cells = test_support::RandomCells(kSpec, 3);
  PartitionProjection::Router router = PartitionProjection::RouterOf(cells);
  for (float& v : router.vectors) v += 0.25F;
  for (float& v : router.offsets) v -= 0.5F;
  const PartitionProjection old(kSpec, cells, router);
  const auto now = test_support::RandomCells(kSpec, 4);
  const auto carried = WithRouterOf(old, now);
  ASSERT_TRUE(carried->has_learned_router());
  auto [vectors, offsets] = PartitionProjection::RouterOf(now);
  for (float& v : vectors) v += 0.25F;
  for (float& v : offsets) v -= 0.5F;
  EXPECT_THAT(carried->router().vectors, Pointwise(FloatNear(1e-5F), vectors));
  EXPECT_THAT(carried->router().offsets, Pointwise(FloatNear(1e-5F), offsets));
}

}  // namespace
}  // namespace mongoose
