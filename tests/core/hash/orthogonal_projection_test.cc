#include "core/hash/orthogonal_projection.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
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
  return {.cols = cols, .bits_per_table = bits, .num_tables = tables,
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

TEST(OrthogonalProjectionTest, CodesAreThoseOfTheRotationInFloat64) {
  for (const std::size_t cols : kDims) {
    SCOPED_TRACE(cols);
    const HashSpec spec = Spec(cols, 5, 60);
    const auto projection = *CreateProjection(spec);
    const Matrix x = GaussianMatrix(19, cols, cols);
    CodeMatrix codes(x.rows, spec.num_tables);
    HashQueries(*projection, x.view(), codes, {});
    for (std::size_t i = 0; i < x.rows; ++i) {
      const auto margins = naive::Margins(spec, x.row(i));
      const double norm = std::sqrt(naive::Dot(x.row(i), x.row(i)));
      for (std::size_t bit = 0; bit < margins.size(); ++bit) {
        if (std::abs(margins[bit]) < 1e-5 * norm) continue;
        ASSERT_EQ((codes.row(i)[bit / 5] >> (bit % 5)) & 1,
                  margins[bit] > 0 ? 1 : 0);
      }
    }
  }
}

TEST(OrthogonalProjectionTest, DirectionsOfOneRotationAreOrthogonal) {
  for (const std::size_t cols : {8, 9, 36, 128, 129, 144}) {
    SCOPED_TRACE(cols);
    const std::size_t length = std::size_t{1}
                               << static_cast<int>(std::log2(cols));
    const Matrix weights = Directions(Spec(cols, 1, length));
    std::vector<double> gram(length * length, 0.0);
    for (std::size_t i = 0; i < cols; ++i) {
      for (std::size_t k = 0; k < gram.size(); ++k) {
        gram[k] += double{weights.row(i)[k / length]} *
                   double{weights.row(i)[k % length]};
      }
    }
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
    std::vector<double> energy(spec.num_bits(), 0.0);
    for (std::size_t i = 0; i < cols; ++i) {
      for (std::size_t bit = 0; bit < energy.size(); ++bit) {
        energy[bit] += std::pow(double{weights.row(i)[bit]}, 2);
      }
    }
    const std::size_t half = energy.size() / 2;
    const auto sum = [&](std::size_t first) {
      const auto begin = energy.begin() + static_cast<std::ptrdiff_t>(first);
      return std::accumulate(begin,
                             begin + static_cast<std::ptrdiff_t>(half), 0.0);
    };
    EXPECT_NEAR(sum(half) / sum(0), 1, 0.1);
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
