#include "core/hash/orthogonal_projection.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash/vector_hasher.h"
#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;

constexpr std::size_t kDims[] = {1,   3,   7,   8,   9,   127, 128,
                                 129, 144, 145, 200, 255, 300};

HashSpec Spec(std::size_t cols, std::size_t bits, std::size_t tables) {
  return {.cols = cols,
          .bits_per_table = bits,
          .num_tables = tables,
          .seed = cols + bits};
}

// The margins of every row of x, [rows, num_bits].
Matrix MarginsOf(const HashSpec& spec, const Matrix& x) {
  const auto projection = *CreateProjection(spec);
  CodeMatrix codes(x.rows, spec.num_tables);
  Matrix margins(x.rows, spec.num_bits());
  HashQueries(*projection, x.view(), codes, margins.values);
  return margins;
}

// Column i holds the weights of coordinate i in all bits, [cols, num_bits].
Matrix Directions(const HashSpec& spec) {
  Matrix units(spec.cols, spec.cols);
  for (std::size_t i = 0; i < spec.cols; ++i) units.row(i)[i] = 1;
  return MarginsOf(spec, units);
}

// Bits whose margin is nearly zero may round either way.
void ExpectBits(std::span<const Code> codes, std::size_t bits_per_table,
                std::span<const double> margins, double tolerance) {
  for (std::size_t bit = 0; bit < margins.size(); ++bit) {
    if (std::abs(margins[bit]) < tolerance) continue;
    ASSERT_EQ((codes[bit / bits_per_table] >> (bit % bits_per_table)) & 1,
              margins[bit] > 0 ? 1 : 0)
        << "bit " << bit;
  }
}

TEST(OrthogonalProjectionTest, CodesAreThoseOfTheRotationInFloat64) {
  for (const std::size_t cols : kDims) {
    SCOPED_TRACE(cols);
    const HashSpec spec = Spec(cols, 5, 60);
    const Matrix x = GaussianMatrix(19, cols, cols);
    CodeMatrix codes(x.rows, spec.num_tables);
    HashQueries(**CreateProjection(spec), x.view(), codes, {});
    for (std::size_t i = 0; i < x.rows; ++i) {
      const double norm = std::sqrt(naive::Dot(x.row(i), x.row(i)));
      ExpectBits(codes.row(i), 5, naive::Margins(spec, x.row(i)), 1e-5 * norm);
    }
  }
}

// weights^T weights, [num_bits, num_bits].
std::vector<double> Gram(const Matrix& weights) {
  std::vector<double> gram(weights.cols * weights.cols, 0.0);
  for (std::size_t i = 0; i < weights.rows; ++i) {
    for (std::size_t k = 0; k < gram.size(); ++k) {
      gram[k] += double{weights.row(i)[k / weights.cols]} *
                 double{weights.row(i)[k % weights.cols]};
    }
  }
  return gram;
}

TEST(OrthogonalProjectionTest, DirectionsOfOneRotationAreOrthogonal) {
  for (const std::size_t cols : {8, 9, 36, 128, 129, 144}) {
    SCOPED_TRACE(cols);
    const std::size_t length = std::bit_floor(cols);
    const auto gram = Gram(Directions(Spec(cols, 1, length)));
    for (std::size_t k = 0; k < gram.size(); ++k) {
      const double expected = k / length == k % length ? 1.0 : 0.0;
      ASSERT_NEAR(gram[k] / gram[0], expected, 1e-4);
    }
  }
}

// A bias stands in the last coordinate: it must turn codes as the others do.
TEST(OrthogonalProjectionTest, NoCoordinateIsFavoured) {
  for (const std::size_t cols : {9, 128, 129, 144, 200}) {
    SCOPED_TRACE(cols);
    const Matrix weights = Directions(Spec(cols, 8, 16));
    std::vector<double> energy;
    for (std::size_t i = 0; i < cols; ++i) {
      energy.push_back(naive::Dot(weights.row(i), weights.row(i)));
    }
    const auto [least, most] = std::ranges::minmax(energy);
    EXPECT_LT(most / least, 2.5);
  }
}

// A shorter vector is padded anew for each rotation.
TEST(OrthogonalProjectionTest, DirectionsOfAllRotationsAreEquallyLong) {
  for (const std::size_t cols : {3, 100, 128, 145, 200, 255, 300}) {
    SCOPED_TRACE(cols);
    const HashSpec spec = Spec(cols, 16, 100);
    const Matrix weights = Directions(spec);
    double first = 0;
    double second = 0;
    for (std::size_t k = 0; k < weights.values.size(); ++k) {
      const bool early = k % spec.num_bits() < spec.num_bits() / 2;
      (early ? first : second) += std::pow(double{weights.values[k]}, 2);
    }
    EXPECT_NEAR(second / first, 1, 0.1);
  }
}

TEST(OrthogonalProjectionTest, TransformsShortestPowersOfTwo) {
  const auto length = [](std::size_t cols) {
    return OrthogonalProjection(Spec(cols, 4, 4), {}).length();
  };
  EXPECT_EQ(length(1), 1U);
  EXPECT_EQ(length(128), 128U);
  EXPECT_EQ(length(129), 128U);
  EXPECT_EQ(length(144), 128U);
  EXPECT_EQ(length(145), 256U);
  EXPECT_EQ(length(255), 256U);
}

TEST(OrthogonalProjectionTest, OppositeVectorsHaveOppositeBits) {
  const HashSpec spec = Spec(128, 8, 32);
  Matrix x = GaussianMatrix(2, 128, 3);
  std::ranges::transform(x.row(0), x.row(1).begin(), std::negate<>());
  CodeMatrix codes(2, spec.num_tables);
  HashQueries(**CreateProjection(spec), x.view(), codes, {});
  for (std::size_t table = 0; table < spec.num_tables; ++table) {
    EXPECT_EQ(codes.row(0)[table] ^ codes.row(1)[table], 0xFF);
  }
}

}  // namespace
}  // namespace mongoose
