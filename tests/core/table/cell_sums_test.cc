#include "core/table/cell_sums.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matrix.h"
#include "tests/support/simd_targets.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using ::testing::Each;
using ::testing::ElementsAre;

constexpr std::size_t kCols = 19;  // no multiple of any register

std::vector<float> Padded(const Matrix& rows, std::size_t row) {
  std::vector<float> values(CellSums(1, kCols).stride());
  std::ranges::copy(rows.row(row), values.begin());
  return values;
}

std::vector<double> ValuesOf(const CellSums& sums, std::size_t cell) {
  return {sums.values(cell).begin(), sums.values(cell).end()};
}

TEST(CellSumsTest, AddsUpTheRowsOfEachCell) {
  CellSums sums(3, 2);
  std::vector<float> row(sums.stride());
  row[0] = 3;
  row[1] = -1;
  sums.Add(2, row);
  row[1] = 5;
  sums.Add(2, row);
  EXPECT_THAT(ValuesOf(sums, 2), ElementsAre(6, 4));
  EXPECT_EQ(sums.squares(2), 9 + 1 + 9 + 25);
  EXPECT_EQ(sums.size(2), 2U);
  EXPECT_EQ(sums.size(1), 0U);
  EXPECT_THAT(ValuesOf(sums, 1), Each(0));
}

TEST(CellSumsTest, IsTheSameOnEveryTarget) {
  const Matrix rows = GaussianMatrix(64, kCols, 5);
  const auto sum = [&] {
    CellSums sums(1, kCols);
    for (std::size_t i = 0; i < 64; ++i) sums.Add(0, Padded(rows, i));
    for (std::size_t i = 0; i < 20; ++i) sums.Remove(0, Padded(rows, i));
    return sums;
  };
  const CellSums expected = sum();
  test_support::ForEachSimdTarget([&] {
    EXPECT_EQ(ValuesOf(sum(), 0), ValuesOf(expected, 0));
    EXPECT_EQ(sum().squares(0), expected.squares(0));
  });
}

TEST(CellSumsTest, WhatLeavesIsWhatHadEntered) {
  const Matrix rows = GaussianMatrix(8, kCols, 5);
  CellSums sums(1, kCols);
  for (std::size_t i = 0; i < 8; ++i) sums.Add(0, Padded(rows, i));
  for (std::size_t i = 1; i < 8; ++i) sums.Remove(0, Padded(rows, i));
  for (std::size_t c = 0; c < kCols; ++c) {
    EXPECT_NEAR(sums.values(0)[c], rows.row(0)[c], 1e-13);
  }
  EXPECT_FALSE(sums.lost_digits());
  sums.Remove(0, Padded(rows, 0));
  EXPECT_THAT(ValuesOf(sums, 0), Each(0));
  EXPECT_EQ(sums.squares(0), 0);
  EXPECT_FALSE(sums.lost_digits());
}

TEST(CellSumsTest, TellsWhenAHugeRowHasTakenTheDigitsOfOthersAlong) {
  Matrix rows = GaussianMatrix(3, kCols, 5);
  for (float& value : rows.row(1)) value *= 100;
  for (float& value : rows.row(2)) value *= 1e20F;
  CellSums sums(1, kCols);
  for (std::size_t i = 0; i < 3; ++i) sums.Add(0, Padded(rows, i));
  sums.Remove(0, Padded(rows, 2));
  EXPECT_TRUE(sums.lost_digits());
  CellSums smaller(1, kCols);
  for (std::size_t i = 0; i < 2; ++i) smaller.Add(0, Padded(rows, i));
  smaller.Remove(0, Padded(rows, 1));
  EXPECT_FALSE(smaller.lost_digits());
}

TEST(CellSumsTest, ManyStepsDownLoseDigitsLikeOne) {
  CellSums sums(1, kCols);
  Matrix rows = GaussianMatrix(5, kCols, 5);
  double size = 1;
  for (std::size_t i = 1; i < 5; ++i) {
    size *= 1e3;
    for (float& value : rows.row(i)) value *= static_cast<float>(size);
  }
  for (std::size_t i = 0; i < 5; ++i) sums.Add(0, Padded(rows, i));
  for (std::size_t i = 4; i > 2; --i) sums.Remove(0, Padded(rows, i));
  EXPECT_TRUE(sums.lost_digits());
}

TEST(CellSumsTest, ZeroRowsBesideOthersLoseNothing) {
  const Matrix rows = GaussianMatrix(1, kCols, 5);
  const std::vector<float> zero(CellSums(1, kCols).stride());
  CellSums sums(1, kCols);
  sums.Add(0, zero);
  sums.Add(0, Padded(rows, 0));
  sums.Remove(0, Padded(rows, 0));
  EXPECT_FALSE(sums.lost_digits());
  EXPECT_EQ(sums.size(0), 1U);
  EXPECT_THAT(ValuesOf(sums, 0), Each(0));
}

}  // namespace
}  // namespace mongoose
