#include "client/examples/batch_order.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace mongoose::examples {
namespace {

std::vector<std::uint32_t> BatchOf(BatchOrder& order, std::uint64_t step) {
  const auto batch = order.Batch(step);
  return {batch.begin(), batch.end()};
}

TEST(BatchOrderTest, AnEpochVisitsEveryPointOnce) {
  BatchOrder order(10, 4, 1);
  ASSERT_EQ(order.batches_per_epoch(), 3U);
  std::multiset<std::uint32_t> seen;
  for (std::uint64_t step = 3; step < 6; ++step) {
    const auto batch = BatchOf(order, step);
    seen.insert(batch.begin(), batch.end());
  }
  EXPECT_EQ(seen.size(), 10U);
  EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), 10U);
  EXPECT_EQ(order.Batch(5).size(), 2U);
}

TEST(BatchOrderTest, ABatchDoesNotDependOnTheStepsBefore) {
  BatchOrder all(1000, 64, 2);
  BatchOrder resumed(1000, 64, 2);
  all.Batch(0);
  all.Batch(20);
  EXPECT_EQ(BatchOf(all, 40), BatchOf(resumed, 40));
}

TEST(BatchOrderTest, SeedsAndEpochsDiffer) {
  BatchOrder order(1000, 1000, 3);
  BatchOrder other(1000, 1000, 4);
  EXPECT_NE(BatchOf(order, 0), BatchOf(order, 1));
  EXPECT_NE(BatchOf(order, 0), BatchOf(other, 0));
}

}  // namespace
}  // namespace mongoose::examples
