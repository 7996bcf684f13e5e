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
      EXPECT_EQ(codes.padded_row(1)[i], 0);
    }
    EXPECT_EQ(codes.bytes(), 16 * codes.stride() * sizeof(Code));
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

TEST(CodeMatrixTest, CopiesShareBlocksUntilTheyAreWritten) {
  CodeMatrix original(100, 5);
  for (std::size_t i = 0; i < 100; ++i) {
    original.mutable_row(i)[4] = static_cast<Code>(i);
  }
  CodeMatrix copy = original;
  EXPECT_EQ(copy, original);
  EXPECT_EQ(copy.bytes(), original.bytes());
  copy.mutable_row(99)[4] = 7;  // in a block that is not full
  copy.mutable_row(16)[0] = 3;
  EXPECT_EQ(original.row(99)[4], 99);
  EXPECT_EQ(original.row(16)[0], 0);
  EXPECT_EQ(copy.row(99)[4], 7);
  EXPECT_EQ(copy.row(16)[0], 3);
  EXPECT_EQ(copy.row(98)[4], 98);
  EXPECT_EQ(copy.padded_row(15), original.padded_row(15));
  EXPECT_GT(copy.bytes(), original.bytes());
  const CodeMatrix second = copy;
  copy.mutable_row(17)[0] = 9;
  EXPECT_EQ(second.row(17)[0], 0);
}

TEST(CodeMatrixTest, CopyAfterCopyTakesNoMoreThanTwiceTheMemory) {
  CodeMatrix codes(1000, 4);
  const std::size_t bytes = codes.bytes();
  for (std::size_t step = 0; step < 200; ++step) {
    CodeMatrix next = codes;
    for (std::size_t i = step % 7; i < 1000; i += 100) {
      next.mutable_row(i)[step % 4] = static_cast<Code>(step + i);
    }
    codes = next;
    ASSERT_LT(codes.bytes(), 2 * bytes);
  }
  EXPECT_EQ(codes.row(195 % 7)[195 % 4], 195 + 195 % 7);
}

TEST(CodeMatrixTest, MayHaveNoRows) { EXPECT_EQ(CodeMatrix(0, 5).bytes(), 0U); }

}  // namespace
}  // namespace mongoose
