#include "core/base/frozen_rows.h"

#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/matrix_view.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::FreezeMatrix;
using test_support::GaussianMatrix;
using test_support::Matrix;
using test_support::Thaw;

TEST(RowLayoutTest, PadsRowsToSixteenValuesAndBlocksToSixteenRows) {
  const auto layout = [](std::size_t rows, std::size_t cols) {
    return RowLayout{.num_rows = rows, .cols = cols};
  };
  EXPECT_EQ(layout(1, 1).stride(), 16U);
  EXPECT_EQ(layout(1, 16).stride(), 16U);
  EXPECT_EQ(layout(1, 129).stride(), 144U);
  EXPECT_EQ(layout(0, 1).num_blocks(), 0U);
  EXPECT_EQ(layout(16, 1).num_blocks(), 1U);
  EXPECT_EQ(layout(17, 1).num_blocks(), 2U);
}

TEST(FrozenRowsTest, GivesBackFloatRowsUnchanged) {
  for (const std::size_t rows : {1, 15, 16, 17, 100}) {
    const Matrix matrix = GaussianMatrix(rows, 129, rows);
    EXPECT_EQ(Thaw(*FreezeMatrix(matrix)).values, matrix.values);
  }
}

TEST(FrozenRowsTest, GivesBackBfloat16RowsRounded) {
  const Matrix matrix = GaussianMatrix(33, 17, 2);
  const Matrix thawed = Thaw(*FreezeMatrix(matrix, RowType::kBfloat16));
  for (std::size_t i = 0; i < matrix.values.size(); ++i) {
    EXPECT_EQ(thawed.values[i], FromBfloat16(ToBfloat16(matrix.values[i])));
  }
}

TEST(FrozenRowsTest, CopiesAsManyValuesAsAskedPaddingIncluded) {
  const auto rows = FreezeMatrix(Matrix(3, 5, 1.0F));
  std::vector<float> out(rows->layout().stride(), 9.0F);
  rows->CopyRow(2, out);
  EXPECT_EQ(out[4], 1.0F);
  EXPECT_EQ(out[5], 0.0F);
  EXPECT_EQ(out[15], 0.0F);
}

TEST(MatrixViewTest, ShowsRowsAndRangesOfRows) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  const MatrixView<const float> view(values, 3, 2);
  EXPECT_EQ(view.row(1)[0], 3.0F);
  EXPECT_EQ(view.Rows(1, 2).row(1)[1], 6.0F);
  EXPECT_EQ(view.Rows(3, 0).rows(), 0U);
  EXPECT_EQ(MatrixView<const float>().data().size(), 0U);
}

}  // namespace
}  // namespace mongoose
