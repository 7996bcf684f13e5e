#include "core/hash/code_matrix.h"

#include <cstddef>

#include <gtest/gtest.h>

namespace mongoose {
namespace {

TEST(CodeMatrixTest, PadsRowsWithZerosToWholeWords) {
  for (const std::size_t tables : {1, 3, 4, 5, 50}) {
    CodeMatrix codes(3, tables);
    EXPECT_EQ(codes.stride() % 4, 0U);
    EXPECT_GE(codes.stride(), tables);
    codes.mutable_row(1)[tables - 1] = 0xFFFF;
    for (std::size_t i = tables; i < codes.stride(); ++i) {
      EXPECT_EQ(codes.data()[codes.stride() + i], 0);
    }
    EXPECT_EQ(codes.bytes(), 3 * codes.stride() * sizeof(Code));
  }
}

TEST(CodeMatrixTest, IsEqualWhenShapeAndCodesAre) {
  CodeMatrix a(2, 3);
  CodeMatrix b(2, 3);
  EXPECT_EQ(a, b);
  b.mutable_row(1)[2] = 1;
  EXPECT_NE(a, b);
  EXPECT_NE(a, CodeMatrix(2, 4));
}

TEST(CodeMatrixTest, MayHaveNoRows) { EXPECT_EQ(CodeMatrix(0, 5).bytes(), 0U); }

}  // namespace
}  // namespace mongoose
