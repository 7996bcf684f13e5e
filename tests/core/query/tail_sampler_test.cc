#include "core/query/tail_sampler.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::RandomIds;
using ::testing::IsEmpty;
using ::testing::SizeIs;

bool AreDistinctAndOutside(std::vector<RowId> ids, std::size_t num_rows,
                           const std::vector<RowId>& inside) {
  ids.insert(ids.end(), inside.begin(), inside.end());
  std::ranges::sort(ids);
  return std::ranges::adjacent_find(ids) == ids.end() &&
         (ids.empty() || ids.back() < num_rows);
}

TEST(SampleTailTest, DrawsDistinctRowsOutsideTheSetAndWeighsThem) {
  CounterRng rng(1, 1);
  for (int round = 0; round < 200; ++round) {
    const std::size_t num_rows = 1 + rng.NextBelow(200);
    const auto inside = RandomIds(
        num_rows, rng.NextBelow(static_cast<std::uint32_t>(num_rows)), rng);
    const std::size_t count = rng.NextBelow(150);
    const std::size_t outside = num_rows - inside.size();
    const Tail tail = SampleTail(num_rows, inside, count, 3, 4);
    ASSERT_THAT(tail.ids, SizeIs(std::min(count, outside)));
    ASSERT_TRUE(AreDistinctAndOutside(tail.ids, num_rows, inside));
    if (tail.ids.empty()) continue;
    const double each =
        static_cast<double>(outside) / static_cast<double>(tail.ids.size());
    ASSERT_NEAR(tail.log_weight, std::log(each), 1e-6);
  }
}

TEST(SampleTailTest, IsEmptyWhenNothingIsAskedForOrLeft) {
  const auto all = test_support::AllIds(20);
  EXPECT_THAT(SampleTail(20, all, 5, 1, 1).ids, IsEmpty());
  EXPECT_THAT(SampleTail(20, {}, 0, 1, 1).ids, IsEmpty());
}

TEST(SampleTailTest, TheSameSeedAndStreamDrawTheSameRows) {
  for (const std::size_t count : {10, 90}) {
    const Tail tail = SampleTail(100, {}, count, 5, 6);
    EXPECT_EQ(SampleTail(100, {}, count, 5, 6).ids, tail.ids);
    EXPECT_NE(SampleTail(100, {}, count, 5, 7).ids, tail.ids);
    EXPECT_NE(SampleTail(100, {}, count, 6, 6).ids, tail.ids);
  }
}

constexpr std::uint64_t kRounds = 8000;

// How often each of 20 rows is drawn in 8000 tails of `count`.
std::vector<int> CountDraws(const std::vector<RowId>& inside,
                            std::size_t count) {
  std::vector<int> drawn(20, 0);
  for (std::uint64_t stream = 0; stream < kRounds; ++stream) {
    for (const RowId row : SampleTail(20, inside, count, 9, stream).ids) {
      ++drawn[row];
    }
  }
  return drawn;
}

TEST(SampleTailTest, EveryRowOutsideIsEquallyLikely) {
  for (const std::size_t count : {3, 12}) {
    const std::vector<int> drawn = CountDraws({0, 7, 19}, count);
    const double p = static_cast<double>(count) / 17;
    const double sigma = std::sqrt(kRounds * p * (1 - p));
    for (const RowId row : {1U, 6U, 8U, 18U}) {
      EXPECT_NEAR(drawn[row], kRounds * p, 3.5 * sigma);
    }
    EXPECT_EQ(drawn[0] + drawn[7] + drawn[19], 0);
  }
}

}  // namespace
}  // namespace mongoose
