#include "core/hash/dense_projection.h"

#include <cmath>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash/vector_hasher.h"
#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"

namespace mongoose {
namespace {

using test_support::Matrix;

class DenseProjectionTest : public ::testing::TestWithParam<HashFamily> {
 protected:
  static HashSpec Spec(std::size_t cols, std::size_t bits = 3,
                       std::size_t tables = 7) {
    return {.family = GetParam(),
            .cols = cols,
            .bits_per_table = bits,
            .num_tables = tables,
            .seed = cols};
  }
};

TEST_P(DenseProjectionTest, MarginsAreTheProductsInFloat64) {
  for (const std::size_t cols : {1, 3, 127, 128, 129, 200, 300}) {
    const HashSpec spec = Spec(cols);
    const auto projection = *CreateProjection(spec);
    const Matrix x = test_support::GaussianMatrix(5, cols, 1);
    CodeMatrix codes(5, spec.num_tables);
    Matrix margins(5, spec.num_bits());
    HashQueries(*projection, x.view(), codes, margins.values);
    for (std::size_t i = 0; i < 5; ++i) {
      const auto truth = naive::Margins(spec, x.row(i));
      for (std::size_t bit = 0; bit < truth.size(); ++bit) {
        ASSERT_NEAR(margins.row(i)[bit], truth[bit], 1e-4);
      }
    }
  }
}

TEST_P(DenseProjectionTest, WholeNumbersGiveTheOraclesCodesExactly) {
  if (GetParam() == HashFamily::kDenseGaussian) GTEST_SKIP();
  const HashSpec spec = Spec(200, 16, 3);
  const Matrix x = test_support::IntegerMatrix(40, 200, 1);
  CodeMatrix codes(40, 3);
  HashQueries(**CreateProjection(spec), x.view(), codes, {});
  for (std::size_t i = 0; i < 40; ++i) {
    const auto row = codes.row(i);
    EXPECT_EQ(std::vector<Code>(row.begin(), row.end()),
              naive::PackBits(naive::Margins(spec, x.row(i)), 16));
  }
}

TEST_P(DenseProjectionTest, DirectionsAreTheMarginsOfUnitVectors) {
  const HashSpec spec = Spec(5);
  const auto projection = *CreateProjection(spec);
  const std::vector<float> directions = projection->Directions();
  ASSERT_EQ(directions.size(), spec.num_bits() * 5);
  for (std::size_t i = 0; i < 5; ++i) {
    Matrix unit(1, 5);
    unit.values[i] = 1;
    CodeMatrix codes(1, spec.num_tables);
    std::vector<float> margins(spec.num_bits());
    HashQueries(*projection, unit.view(), codes, margins);
    for (std::size_t bit = 0; bit < margins.size(); ++bit) {
      EXPECT_EQ(margins[bit], directions[bit * 5 + i]);
    }
  }
}

TEST_P(DenseProjectionTest, DirectionsHaveMeanZeroAndVarianceOne) {
  double sum = 0;
  double squares = 0;
  const auto directions = (*CreateProjection(Spec(100, 4, 50)))->Directions();
  for (const float v : directions) {
    sum += double{v};
    squares += double{v} * double{v};
  }
  EXPECT_NEAR(sum / 20000, 0, 3 / std::sqrt(20000.0));
  EXPECT_NEAR(squares / 20000, 1, 3 * std::sqrt(2 / 20000.0));
}

INSTANTIATE_TEST_SUITE_P(Families, DenseProjectionTest,
                         ::testing::Values(HashFamily::kDenseGaussian,
                                           HashFamily::kDenseSign));

}  // namespace
}  // namespace mongoose
