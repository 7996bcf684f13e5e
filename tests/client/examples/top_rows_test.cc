#include "client/examples/top_rows.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/examples/naive_softmax.h"

namespace mongoose::examples {
namespace {

using testing::ElementsAre;

TEST(TopRowsTest, FindsTheGreatestInnerProducts) {
  const DenseMatrix hidden = RandomMatrix(9, 12, 1);
  const DenseMatrix weights = RandomMatrix(5000, 13, 2);
  TopRows top(20);
  top.Find(hidden, weights);
  for (std::size_t b = 0; b < hidden.rows(); ++b) {
    std::vector<double> scores;
    for (std::size_t row = 0; row < weights.rows(); ++row) {
      scores.push_back(NaiveLogit(hidden.row(b), weights.row(row)));
    }
    std::vector<double> best = scores;
    std::ranges::sort(best, std::greater());
    const auto rows = top.RowsOf(b);
    ASSERT_EQ(rows.size(), 20U);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_NEAR(scores[rows[i]], best[i], 1e-5);
    }
  }
}

TEST(TopRowsTest, ReturnsAllRowsWhenThereAreFewer) {
  DenseMatrix hidden(1, 1);
  hidden.row(0)[0] = 1.0F;
  DenseMatrix weights(3, 2);
  weights.row(0)[0] = 1.0F;
  weights.row(1)[1] = 5.0F;
  weights.row(2)[0] = 3.0F;
  TopRows top(8);
  top.Find(hidden, weights);
  EXPECT_THAT(top.RowsOf(0), ElementsAre(1, 2, 0));
}

TEST(TopRowsTest, PrefersTheLowerRowAmongEqualScores) {
  DenseMatrix hidden(1, 4);
  DenseMatrix weights(3000, 5);
  TopRows top(3);
  top.Find(hidden, weights);
  EXPECT_THAT(top.RowsOf(0), ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace mongoose::examples
