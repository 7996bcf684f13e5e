#include "core/base/row_sample.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace mongoose {
namespace {

TEST(SampleRowsTest, GivesAsManyDistinctRowsAscending) {
  CounterRng rng(1, 0);
  for (const std::size_t num_rows : {1, 2, 3, 10, 1000}) {
    for (std::size_t count = 0; count <= num_rows + 2; ++count) {
      const auto rows = SampleRows(num_rows, count, rng);
      ASSERT_EQ(rows.size(), std::min(count, num_rows));
      EXPECT_EQ(std::ranges::adjacent_find(rows, std::greater_equal<>()),
                rows.end());
      EXPECT_TRUE(rows.empty() || rows.back() < num_rows);
    }
  }
}

// A row is in a sample with a chance of count / num_rows.
TEST(SampleRowsTest, NoRowIsPreferred) {
  constexpr std::size_t kRows = 20;
  constexpr int kSamples = 20000;
  CounterRng rng(2, 0);
  for (const std::size_t count : {1, 7, 10, 13, 19}) {
    std::vector<int> seen(kRows);
    for (int i = 0; i < kSamples; ++i) {
      for (const RowId row : SampleRows(kRows, count, rng)) ++seen[row];
    }
    const double share = static_cast<double>(count) / kRows;
    for (const int times : seen) {
      // Five standard deviations.
      EXPECT_NEAR(times, share * kSamples,
                  5 * std::sqrt(kSamples * share * (1 - share)));
    }
  }
}

TEST(SampleRowsTest, NoPairIsPreferred) {
  constexpr int kSamples = 20000;
  CounterRng rng(4, 0);
  for (const std::size_t count : {2, 3}) {  // drawn, and left over
    std::map<std::vector<RowId>, int> seen;
    for (int i = 0; i < kSamples; ++i) ++seen[SampleRows(5, count, rng)];
    EXPECT_EQ(seen.size(), 10U);
    for (const auto& [rows, times] : seen) {
      EXPECT_NEAR(times, kSamples / 10, 5 * std::sqrt(kSamples * 0.09));
    }
  }
}

TEST(SampleRowsTest, OfNoRowsThereAreNone) {
  CounterRng rng(5, 0);
  EXPECT_TRUE(SampleRows(0, 3, rng).empty());
}

TEST(SampleRowsTest, EqualGeneratorsGiveEqualSamples) {
  CounterRng one(3, 0);
  CounterRng two(3, 0);
  EXPECT_EQ(SampleRows(1000, 100, one), SampleRows(1000, 100, two));
}

}  // namespace
}  // namespace mongoose
