#include "core/hash/wta_projection.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash/vector_hasher.h"
#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;

HashSpec Spec(std::size_t cols, std::size_t bits = 6, std::size_t tables = 20) {
  return {.family = HashFamily::kDensifiedWta,
          .cols = cols,
          .bits_per_table = bits,
          .num_tables = tables,
          .seed = cols};
}

CodeMatrix CodesOf(const HashSpec& spec, const Matrix& x) {
  CodeMatrix codes(x.rows, spec.num_tables);
  HashQueries(**CreateProjection(spec), x.view(), codes, {});
  return codes;
}

void ExpectOraclesCodes(const HashSpec& spec, const Matrix& x) {
  const CodeMatrix codes = CodesOf(spec, x);
  for (std::size_t i = 0; i < x.rows; ++i) {
    const auto row = codes.row(i);
    ASSERT_EQ(std::vector<Code>(row.begin(), row.end()),
              naive::WtaCodes(spec, x.row(i)));
  }
}

TEST(WtaProjectionTest, DenseVectorsGetTheOraclesCodes) {
  for (const std::size_t cols : {1, 3, 8, 9, 127, 128, 129, 200, 300}) {
    for (const std::size_t bits : {3, 9, 15}) {
      SCOPED_TRACE(cols);
      ExpectOraclesCodes(Spec(cols, bits), GaussianMatrix(17, cols, bits));
    }
  }
}

TEST(WtaProjectionTest, SparseVectorsBorrowTheOraclesBins) {
  for (const std::size_t cols : {16, 128, 300}) {
    Matrix x = GaussianMatrix(20, cols, cols);
    for (std::size_t i = 0; i < x.values.size(); ++i) {
      if (i % 37 != 0) x.values[i] = 0;
    }
    ExpectOraclesCodes(Spec(cols), x);
  }
}

TEST(WtaProjectionTest, TheZeroVectorGetsCodeZero) {
  const CodeMatrix codes = CodesOf(Spec(128), Matrix(3, 128));
  EXPECT_EQ(codes, CodeMatrix(3, 20));
}

TEST(WtaProjectionTest, MonotoneMapsOfPositiveCoordinatesKeepTheCode) {
  Matrix x = GaussianMatrix(30, 128, 4);
  for (float& v : x.values) v = std::abs(v) + 0.01F;
  Matrix y = x;
  for (float& v : y.values) v = std::sqrt(v) * 7;
  EXPECT_EQ(CodesOf(Spec(128), x), CodesOf(Spec(128), y));
}

TEST(WtaProjectionTest, EqualCoordinatesWinByLowestPosition) {
  const CodeMatrix codes = CodesOf(Spec(64), Matrix(1, 64, 3.0F));
  EXPECT_EQ(codes, CodeMatrix(1, 20));
}

TEST(WtaProjectionTest, UsesAllPositionsOfABinEvenly) {
  const Matrix x = GaussianMatrix(2000, 64, 6);
  const CodeMatrix codes = CodesOf(Spec(64, 3, 1), x);
  std::vector<int> counts(8, 0);
  for (std::size_t i = 0; i < x.rows; ++i) ++counts[codes.row(i)[0]];
  EXPECT_GT(*std::ranges::min_element(counts), 250 - 4 * 15);
  EXPECT_LT(*std::ranges::max_element(counts), 250 + 4 * 15);
}

}  // namespace
}  // namespace mongoose
