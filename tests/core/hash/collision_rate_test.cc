// SimHash: two vectors at angle theta share a bit with 1 - theta / pi.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash/vector_hasher.h"
#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;

constexpr std::size_t kPairs = 20;
constexpr std::uint64_t kSeeds = 30;

class CollisionRateTest
    : public ::testing::TestWithParam<
          std::tuple<HashFamily, std::size_t, NumericProfile>> {
 protected:
  // Rows 2i and 2i + 1 stand at `angle`; they differ in a direction with only
  // the last `num_free` coordinates.
  static Matrix Pairs(double angle, std::size_t num_free, std::uint64_t seed) {
    const std::size_t cols = std::get<1>(GetParam());
    Matrix pairs = GaussianMatrix(2 * kPairs, cols, seed);
    for (std::size_t i = 0; i < pairs.rows; i += 2) {
      std::ranges::fill(pairs.row(i + 1).first(cols - num_free), 0.0F);
      std::ranges::copy(
          test_support::TurnedBy(pairs.row(i), pairs.row(i + 1), angle),
          pairs.row(i + 1).begin());
    }
    return pairs;
  }
  // Share of equal bits over all pairs.
  static double EqualBits(const Projection& projection, const Matrix& pairs) {
    CodeMatrix codes(pairs.rows, projection.spec().num_tables);
    HashQueries(projection, pairs.view(), codes, {});
    std::size_t differing = 0;
    for (std::size_t i = 0; i < pairs.rows; i += 2) {
      differing += naive::HammingDistance(codes.row(i), codes.row(i + 1));
    }
    return 1 - static_cast<double>(differing) /
                   static_cast<double>(kPairs * projection.spec().num_bits());
  }
  static void ExpectRates(const std::vector<double>& angles,
                          std::size_t num_free) {
    const auto [family, cols, profile] = GetParam();
    std::vector<std::vector<double>> shares(angles.size());
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const auto projection = *CreateProjection({.family = family,
                                                 .cols = cols,
                                                 .bits_per_table = 16,
                                                 .num_tables = 8,
                                                 .seed = seed,
                                                 .profile = profile});
      for (std::size_t i = 0; i < angles.size(); ++i) {
        shares[i].push_back(
            EqualBits(*projection, Pairs(angles[i], num_free, seed * 10 + i)));
      }
    }
    for (std::size_t i = 0; i < angles.size(); ++i) {
      const auto estimate = test_support::EstimateMean(shares[i]);
      EXPECT_NEAR(estimate.mean, 1 - angles[i] / std::numbers::pi,
                  3 * estimate.standard_error)
          << "angle " << angles[i];
    }
  }
};

TEST_P(CollisionRateTest, IsOneMinusThetaOverPi) {
  ExpectRates({0.05, 0.3, 0.8, 1.5, 2.5}, std::get<1>(GetParam()));
}

// The last coordinate is where the bias of a layer stands.
TEST_P(CollisionRateTest, HoldsWhenOnlyTheLastCoordinateChanges) {
  if (std::get<0>(GetParam()) == HashFamily::kDenseSign) {
    GTEST_SKIP() << "approximate when few coordinates dominate";
  }
  ExpectRates({0.3, 0.8}, 1);
}

INSTANTIATE_TEST_SUITE_P(
    FamiliesAndDims, CollisionRateTest,
    ::testing::Combine(
        ::testing::Values(HashFamily::kOrthogonal, HashFamily::kDenseGaussian,
                          HashFamily::kDenseSign),
        ::testing::Values(128, 129, 200),
        ::testing::Values(NumericProfile::kFloat32, NumericProfile::kInt8)));

}  // namespace
}  // namespace mongoose
