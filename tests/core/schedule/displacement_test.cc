#include "core/schedule/displacement.h"

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/matrix.h"
#include "tests/support/simd_targets.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;

std::vector<float> Project(const Matrix& before, const Matrix& after) {
  std::vector<float> out(before.rows * kDisplacementDims);
  DisplacementProjection(before.cols).Project(before.view(), after.view(), out);
  return out;
}

double SquaredNorm(std::span<const float> values) {
  double sum = 0;
  for (const float v : values) sum += double{v} * double{v};
  return sum;
}

TEST(DisplacementTest, KeepsDistancesOnAverage) {
  constexpr std::size_t kRows = 2000;
  for (const std::size_t cols : {3, 16, 17, 129, 300}) {
    const Matrix before = GaussianMatrix(kRows, cols, cols);
    const Matrix after = GaussianMatrix(kRows, cols, cols + 1);
    const auto displacements = Project(before, after);
    double mean = 0;
    double square = 0;
    for (std::size_t i = 0; i < kRows; ++i) {
      std::vector<float> change(cols);
      for (std::size_t c = 0; c < cols; ++c) {
        change[c] = after.row(i)[c] - before.row(i)[c];
      }
      const double ratio =
          SquaredNorm(std::span(displacements)
                          .subspan(i * kDisplacementDims, kDisplacementDims)) /
          SquaredNorm(change);
      mean += ratio / kRows;
      square += ratio * ratio / kRows;
    }
    EXPECT_NEAR(mean, 1, 0.05) << cols;
    EXPECT_LE(std::sqrt(square - mean * mean),
              1.1 * std::sqrt(2.0 / kDisplacementDims))
        << cols;
  }
}

TEST(DisplacementTest, OfSuccessiveChangesAddUp) {
  const Matrix a = GaussianMatrix(5, 129, 1);
  const Matrix b = GaussianMatrix(5, 129, 2);
  const Matrix c = GaussianMatrix(5, 129, 3);
  const auto first = Project(a, b);
  const auto second = Project(b, c);
  const auto both = Project(a, c);
  for (std::size_t i = 0; i < both.size(); ++i) {
    EXPECT_NEAR(first[i] + second[i], both[i], 1e-4);
  }
}

TEST(DisplacementTest, IsTheSameOnEveryTargetButForRounding) {
  const Matrix before = GaussianMatrix(3, 131, 1);
  const Matrix after = GaussianMatrix(3, 131, 2);
  const auto expected = Project(before, after);
  test_support::ForEachSimdTarget([&] {
    const auto got = Project(before, after);
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_NEAR(got[i], expected[i], 1e-4);
    }
  });
}

TEST(DisplacementTest, StayingIsNoDisplacement) {
  const Matrix rows = GaussianMatrix(4, 33, 1);
  EXPECT_EQ(SquaredNorm(Project(rows, rows)), 0);
}

}  // namespace
}  // namespace mongoose
