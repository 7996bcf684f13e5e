// Sum over S of e^z + sum over the tail of e^(z + log_weight) estimates the
// normaliser of the full softmax without bias, whatever S is.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "core/query/tail_sampler.h"
#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"

namespace mongoose {
namespace {

using test_support::Matrix;

constexpr std::size_t kRows = 300;
constexpr std::size_t kTail = 20;

class NormaliserTest : public ::testing::Test {
 protected:
  double EstimateOnce(std::span<const RowId> inside,
                      std::uint64_t stream) const {
    const Tail tail = SampleTail(kRows, inside, kTail, 77, stream);
    double sum = 0;
    for (const RowId row : inside) sum += Exp(row, 0);
    for (const RowId row : tail.ids) sum += Exp(row, tail.log_weight);
    return sum;
  }
  void ExpectUnbiased(std::span<const RowId> inside) const {
    std::vector<double> estimates(3000);
    for (std::size_t i = 0; i < estimates.size(); ++i) {
      estimates[i] = EstimateOnce(inside, i);
    }
    const auto estimate = test_support::EstimateMean(estimates);
    EXPECT_NEAR(estimate.mean, naive::Normaliser(rows_, query_.row(0)),
                3 * estimate.standard_error);
  }
  double Exp(RowId row, double log_weight) const {
    return std::exp(naive::Dot(rows_.row(row), query_.row(0)) + log_weight);
  }

  const Matrix rows_ = test_support::GaussianMatrix(kRows, 4, 1);
  const Matrix query_ = test_support::GaussianMatrix(1, 4, 2);
};

TEST_F(NormaliserTest, IsUnbiasedForTheBestRows) {
  ExpectUnbiased(naive::TopRows(rows_, query_.row(0), 30));
}

TEST_F(NormaliserTest, IsUnbiasedForRandomRows) {
  CounterRng rng(3, 3);
  ExpectUnbiased(test_support::RandomIds(kRows, 50, rng));
}

TEST_F(NormaliserTest, IsUnbiasedForNoRows) { ExpectUnbiased({}); }

TEST_F(NormaliserTest, IsUnbiasedForTheBestRowsOfStaleWeights) {
  const Matrix old = test_support::GaussianMatrix(kRows, 4, 99);
  ExpectUnbiased(naive::TopRows(old, query_.row(0), 40));
}

TEST_F(NormaliserTest, IsUnbiasedForTheWorstRows) {
  Matrix reversed = query_;
  for (float& v : reversed.values) v = -v;
  ExpectUnbiased(naive::TopRows(rows_, reversed.row(0), 60));
}

TEST_F(NormaliserTest, IsUnbiasedWhenMostRowsAreDrawn) {
  ExpectUnbiased(naive::TopRows(rows_, query_.row(0), kRows - kTail - 5));
}

TEST_F(NormaliserTest, IsExactWhenTheTailTakesAllTheRest) {
  const auto inside = naive::TopRows(rows_, query_.row(0), kRows - kTail);
  const double truth = naive::Normaliser(rows_, query_.row(0));
  EXPECT_NEAR(EstimateOnce(inside, 1), truth, 1e-9 * truth);
}

TEST_F(NormaliserTest, VariesLessTheMoreOfTheHeadIsKnown) {
  const auto spread = [this](std::size_t head) {
    const auto inside = naive::TopRows(rows_, query_.row(0), head);
    std::vector<double> estimates(500);
    for (std::size_t i = 0; i < estimates.size(); ++i) {
      estimates[i] = EstimateOnce(inside, i);
    }
    return test_support::EstimateMean(estimates).standard_error;
  };
  EXPECT_LT(spread(30), spread(0) / 2);
}

}  // namespace
}  // namespace mongoose
