// With fresh random functions a row at angle theta is proposed with
// 1 - (1 - p^K)^L, and with at least two hits by the formula for m = 2.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash/vector_hasher.h"
#include "core/query/candidate_counter.h"
#include "core/table/table_builder.h"
#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;

constexpr std::size_t kBits = 6;
constexpr std::size_t kTables = 10;
constexpr std::size_t kSeeds = 100;
constexpr std::size_t kRowsPerSeed = 100;  // 1e4 pairs in all

// Shares of rows at `angle` from the query with one and with two hits or more,
// one value a seed.
struct Shares {
  std::vector<double> one, two;
};

Matrix RowsAtAngle(std::span<const float> query, double angle,
                   std::uint64_t seed) {
  Matrix rows = GaussianMatrix(kRowsPerSeed, query.size(), seed);
  for (std::size_t i = 0; i < rows.rows; ++i) {
    std::ranges::copy(test_support::TurnedBy(query, rows.row(i), angle),
                      rows.row(i).begin());
  }
  return rows;
}

class RetrievalChanceTest : public ::testing::TestWithParam<double> {
 protected:
  Shares Measure(HashFamily family) {
    Shares shares;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const HashSpec spec{.family = family,
                          .cols = 64,
                          .bits_per_table = kBits,
                          .num_tables = kTables,
                          .seed = seed};
      const auto projection = *CreateProjection(spec);
      const Matrix query = GaussianMatrix(1, 64, seed + 1000);
      const Matrix rows = RowsAtAngle(query.row(0), GetParam(), seed);
      CodeMatrix codes(rows.rows, kTables), own(1, kTables);
      HashQueries(*projection, rows.view(), codes, {});
      HashQueries(*projection, query.view(), own, {});
      CountOne(BuildTables(codes, 1U << kBits, pool_), own, shares);
    }
    return shares;
  }
  static void CountOne(const Tables& tables, const CodeMatrix& query,
                       Shares& shares) {
    CandidateCounter counter(kRowsPerSeed);
    counter.Count(tables, query.row(0), {}, 1);
    double two = 0;
    for (const RowId row : counter.rows()) two += counter.hits(row) >= 2;
    shares.one.push_back(static_cast<double>(counter.rows().size()) /
                         kRowsPerSeed);
    shares.two.push_back(two / kRowsPerSeed);
  }
  WorkerPool pool_{0};
};

void ExpectShare(const std::vector<double>& shares, double chance) {
  const auto estimate = test_support::EstimateMean(shares);
  EXPECT_NEAR(estimate.mean, chance, 3 * estimate.standard_error + 1e-4);
}

TEST_P(RetrievalChanceTest, FollowsTheFormulasForGaussianFunctions) {
  const Shares shares = Measure(HashFamily::kDenseGaussian);
  const double p = 1 - GetParam() / std::numbers::pi;
  ExpectShare(shares.one, naive::UnionChance(p, kBits, kTables));
  ExpectShare(shares.two, naive::TwoHitChance(p, kBits, kTables));
}

// Orthogonal directions are a little better than independent ones.
TEST_P(RetrievalChanceTest, IsNearTheFormulasForOrthogonalFunctions) {
  const Shares shares = Measure(HashFamily::kOrthogonal);
  const double p = 1 - GetParam() / std::numbers::pi;
  EXPECT_NEAR(test_support::EstimateMean(shares.one).mean,
              naive::UnionChance(p, kBits, kTables), 0.03);
  EXPECT_NEAR(test_support::EstimateMean(shares.two).mean,
              naive::TwoHitChance(p, kBits, kTables), 0.03);
}

INSTANTIATE_TEST_SUITE_P(Angles, RetrievalChanceTest,
                         ::testing::Values(0.2, 0.6, 1.0, 1.5));

}  // namespace
}  // namespace mongoose
