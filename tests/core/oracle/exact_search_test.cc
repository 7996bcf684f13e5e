#include "core/oracle/exact_search.h"

#include <cstddef>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"

namespace mongoose {
namespace {

using test_support::FreezeMatrix;
using test_support::IntegerMatrix;
using test_support::Matrix;
using ::testing::ElementsAre;

void ExpectNaiveTopRows(const Matrix& rows, const Matrix& queries,
                        std::size_t k, RowType type) {
  const auto found = ExactTopRows(*FreezeMatrix(rows, type), queries.view(), k);
  std::vector<RowId> truth;
  for (std::size_t q = 0; q < queries.rows; ++q) {
    const auto top = naive::TopRows(rows, queries.row(q), k);
    truth.insert(truth.end(), top.begin(), top.end());
  }
  EXPECT_EQ(found, truth);
}

TEST(ExactTopRowsTest, EqualsTheNaiveSearchForBothTypes) {
  // Whole numbers up to 100 are exact in both; long rows make ties rare.
  for (const std::size_t rows : {1, 5, 63, 700}) {
    for (const RowType type : {RowType::kFloat32, RowType::kBfloat16}) {
      SCOPED_TRACE(rows);
      const Matrix x = IntegerMatrix(rows, 129, rows, 100);
      ExpectNaiveTopRows(x, IntegerMatrix(3, 129, 9, 100), 5, type);
    }
  }
}

TEST(ExactTopRowsTest, MergesChunksOfRows) {
  const Matrix x = IntegerMatrix(9001, 16, 3, 100);
  ExpectNaiveTopRows(x, IntegerMatrix(4, 16, 4, 100), 20, RowType::kFloat32);
}

TEST(ExactTopRowsTest, GivesAllRowsWhenFewerThanAskedFor) {
  const Matrix x = IntegerMatrix(4, 64, 5, 100);
  ExpectNaiveTopRows(x, IntegerMatrix(2, 64, 6, 100), 10, RowType::kFloat32);
}

TEST(ExactTopRowsTest, OrdersEqualRowsById) {
  const auto rows = FreezeMatrix(Matrix(5, 3, 1.0F));
  EXPECT_THAT(ExactTopRows(*rows, Matrix(1, 3, 1.0F).view(), 5),
              ElementsAre(0, 1, 2, 3, 4));
}

TEST(RecallTest, IsTheShareOfTruthThatWasFound) {
  const std::vector<RowId> truth = {1, 2, 3, 4};
  const std::vector<RowId> some = {9, 4, 1};
  EXPECT_DOUBLE_EQ(Recall(truth, some), 0.5);
  EXPECT_DOUBLE_EQ(Recall(truth, truth), 1.0);
  EXPECT_DOUBLE_EQ(Recall(truth, {}), 0.0);
  EXPECT_DOUBLE_EQ(Recall({}, some), 1.0);
}

}  // namespace
}  // namespace mongoose
