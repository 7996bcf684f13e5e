#include "core/hash/vector_hasher.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::AllIds;
using test_support::FreezeMatrix;
using test_support::GaussianMatrix;
using test_support::Matrix;

using Kind = std::pair<HashFamily, NumericProfile>;

class VectorHasherTest : public ::testing::TestWithParam<Kind> {
 protected:
  CodeMatrix Hash(const Matrix& x) const {
    CodeMatrix codes(x.rows, projection_->spec().num_tables);
    HashQueries(*projection_, x.view(), codes, {});
    return codes;
  }
  const std::shared_ptr<const Projection> projection_ =
      *CreateProjection({.family = GetParam().first,
                         .cols = 129,
                         .bits_per_table = 6,
                         .num_tables = 11,
                         .seed = 2,
                         .profile = GetParam().second});
};

TEST_P(VectorHasherTest, ACodeDoesNotDependOnTheBatchOrThePlaceInIt) {
  const Matrix x = GaussianMatrix(150, 129, 1);
  const CodeMatrix together = Hash(x);
  for (const std::size_t batch : {1, 2, 15, 16, 17, 33, 129}) {
    for (std::size_t first = 0; first + batch <= x.rows; first += batch) {
      Matrix part(batch, 129);
      std::copy_n(x.row(first).begin(), batch * 129, part.values.begin());
      const CodeMatrix codes = Hash(part);
      for (std::size_t i = 0; i < batch; ++i) {
        ASSERT_TRUE(std::ranges::equal(codes.row(i), together.row(first + i)));
      }
    }
  }
}

TEST_P(VectorHasherTest, ACodeDoesNotDependOnItsCompany) {
  Matrix x = GaussianMatrix(16, 129, 2);
  const CodeMatrix usual = Hash(x);
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 5) continue;
    std::ranges::fill(x.row(i), i % 2 == 0 ? 3e38F : 0.0F);
  }
  EXPECT_TRUE(std::ranges::equal(Hash(x).row(5), usual.row(5)));
}

TEST_P(VectorHasherTest, RowsAreHashedInTheOrderOfTheirIds) {
  const Matrix x = GaussianMatrix(50, 129, 3);
  const CodeMatrix all = Hash(x);
  const std::vector<RowId> ids = {49, 0, 17, 17, 3, 16};
  CodeMatrix codes(10, 11);
  HashRows(*projection_, *FreezeMatrix(x), ids, 2, codes);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_TRUE(std::ranges::equal(codes.row(2 + i), all.row(ids[i])));
  }
  EXPECT_TRUE(std::ranges::equal(codes.row(0), CodeMatrix(1, 11).row(0)));
}

TEST_P(VectorHasherTest, Bfloat16RowsAreHashedAsTheRoundedFloats) {
  const auto rows =
      FreezeMatrix(GaussianMatrix(40, 129, 4), RowType::kBfloat16);
  CodeMatrix codes(40, 11);
  HashRows(*projection_, *rows, AllIds(40), 0, codes);
  EXPECT_EQ(codes, Hash(test_support::Thaw(*rows)));
}

TEST_P(VectorHasherTest, NoRowsAndNoQueriesAreFine) {
  CodeMatrix codes(0, 11);
  HashRows(*projection_, *FreezeMatrix(Matrix(1, 129)), {}, 0, codes);
  HashQueries(*projection_, Matrix(0, 129).view(), codes, {});
  EXPECT_EQ(codes.rows(), 0U);
}

TEST_P(VectorHasherTest, MarginsArePositiveWhereBitsAreSet) {
  if (!projection_->spec().is_simhash()) GTEST_SKIP();
  const Matrix x = GaussianMatrix(37, 129, 5);
  CodeMatrix codes(37, 11);
  Matrix margins(37, 66);
  HashQueries(*projection_, x.view(), codes, margins.values);
  EXPECT_EQ(codes, Hash(x));
  for (std::size_t i = 0; i < 37; ++i) {
    for (std::size_t bit = 0; bit < 66; ++bit) {
      ASSERT_EQ(margins.row(i)[bit] > 0 ? 1 : 0,
                codes.row(i)[bit / 6] >> (bit % 6) & 1);
    }
  }
}

using enum HashFamily;
using enum NumericProfile;
INSTANTIATE_TEST_SUITE_P(
    Families, VectorHasherTest,
    ::testing::Values(Kind{kOrthogonal, kFloat32}, Kind{kOrthogonal, kInt8},
                      Kind{kDenseGaussian, kFloat32},
                      Kind{kDenseGaussian, kInt8}, Kind{kDenseSign, kFloat32},
                      Kind{kDenseSign, kInt8}, Kind{kDensifiedWta, kFloat32}));

}  // namespace
}  // namespace mongoose
