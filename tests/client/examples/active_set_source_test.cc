#include "client/examples/active_set_source.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/examples/naive_softmax.h"

namespace mongoose::examples {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::FloatEq;

class ActiveSetSourceTest : public testing::Test {
 protected:
  ActiveRows Select(ActiveSetSource& source) {
    EXPECT_TRUE(source.Start(weights_).ok());
    return *source.Select(hidden_, labels_);
  }

  const DenseMatrix weights_ = RandomMatrix(50, 9, 1);
  const DenseMatrix hidden_ = RandomMatrix(2, 8, 2);
  const IdLists labels_{{0, 2, 4}, {7, 3, 3, 9}};
};

TEST_F(ActiveSetSourceTest, InBatchIsTheDistinctLabels) {
  EXPECT_THAT(Select(*MakeInBatchSource()).ids, ElementsAre(7, 3, 9));
}

TEST_F(ActiveSetSourceTest, ABatchWithoutLabelsStillHasARow) {
  const auto source = MakeInBatchSource();
  ASSERT_TRUE(source->Start(weights_).ok());
  EXPECT_EQ(source->Select(hidden_, {{0, 0, 0}, {}})->ids.size(), 1U);
}

TEST_F(ActiveSetSourceTest, UniformAddsDistinctRowsWithTheirWeight) {
  const auto source = MakeUniformSource({.num_random = 20, .weighted = true});
  const ActiveRows active = Select(*source);
  EXPECT_EQ(std::set(active.ids.begin(), active.ids.end()).size(), 23U);
  const std::span<const float> weights = active.log_weights;
  EXPECT_THAT(weights.first(3), Each(0.0F));
  EXPECT_THAT(weights.subspan(3), Each(FloatEq(std::log(47.0F / 20.0F))));
}

TEST_F(ActiveSetSourceTest, UniformTakesAllRowsWhenThereAreFewer) {
  const ActiveRows active = Select(*MakeUniformSource({.num_random = 1000}));
  EXPECT_EQ(active.ids.size(), 50U);
  EXPECT_TRUE(active.log_weights.empty());
}

TEST_F(ActiveSetSourceTest, OracleAddsTheBestRowOfEachSample) {
  const ActiveRows active = Select(*MakeOracleSource(1));
  std::set<std::uint32_t> expected = {7, 3, 9};
  std::vector<std::uint32_t> best_of;
  for (std::size_t b = 0; b < hidden_.rows(); ++b) {
    std::uint32_t best = 0;
    for (std::uint32_t row = 0; row < weights_.rows(); ++row) {
      best = NaiveLogit(hidden_.row(b), weights_.row(row)) >
                     NaiveLogit(hidden_.row(b), weights_.row(best))
                 ? row
                 : best;
    }
    expected.insert(best);
    best_of.push_back(best);
  }
  EXPECT_EQ(std::set(active.ids.begin(), active.ids.end()), expected);
  EXPECT_EQ(active.own.count(), hidden_.rows());
  EXPECT_THAT(active.own.list(0), ElementsAre(best_of[0]));
  EXPECT_THAT(active.own.list(1), ElementsAre(best_of[1]));
}

}  // namespace
}  // namespace mongoose::examples
