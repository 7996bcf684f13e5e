#include "core/index/query_mean.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::Matrix;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;

TEST(QueryMeanTest, IsZeroBeforeTheFirstQuery) {
  EXPECT_THAT(QueryMean(3).Get(), ElementsAre(0, 0, 0));
}

TEST(QueryMeanTest, IsTheMeanOfTheFirstQueries) {
  QueryMean mean(2);
  Matrix queries(2, 2);
  queries.values = {1, 10, 3, 20};
  mean.Observe(queries.view());
  EXPECT_THAT(mean.Get(), ElementsAre(2, 15));
}

TEST(QueryMeanTest, FollowsQueriesThatChange) {
  QueryMean mean(4);
  for (int i = 0; i < 1000; ++i) mean.Observe(Matrix(16, 4, 1.0F).view());
  for (int i = 0; i < 3000; ++i) mean.Observe(Matrix(16, 4, 5.0F).view());
  EXPECT_THAT(mean.Get(), Each(FloatNear(5, 0.01F)));
}

TEST(QueryMeanTest, EqualQueriesGiveThemselves) {
  QueryMean mean(3);
  for (int i = 0; i < 100; ++i) mean.Observe(Matrix(7, 3, 0.3F).view());
  EXPECT_THAT(mean.Get(), Each(FloatNear(0.3F, 1e-5F)));
}

}  // namespace
}  // namespace mongoose
