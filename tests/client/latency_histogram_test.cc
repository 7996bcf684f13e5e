#include "client/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace mongoose::client {
namespace {

using std::chrono::nanoseconds;

constexpr double kShares[] = {0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1};

// The same rank in a sorted list.
std::int64_t NaiveQuantile(std::vector<std::int64_t> values, double share) {
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(share * static_cast<double>(values.size()));
  return values[static_cast<std::size_t>(std::max(1.0, rank)) - 1];
}

LatencyHistogram Recorded(const std::vector<std::int64_t>& values) {
  LatencyHistogram histogram;
  for (const std::int64_t value : values) histogram.Record(nanoseconds(value));
  return histogram;
}

// Latencies of all magnitudes up to 2^62 ns.
std::vector<std::int64_t> RandomLatencies(std::size_t count,
                                          std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::int64_t> values(count);
  for (std::int64_t& value : values) {
    value = static_cast<std::int64_t>(random() >> (2 + random() % 62));
  }
  return values;
}

TEST(LatencyHistogramTest, QuantilesAreWithinOnePercentOfASortedList) {
  for (const std::size_t count : {1, 2, 3, 10, 999, 20000}) {
    SCOPED_TRACE(count);
    const auto values = RandomLatencies(count, count);
    const LatencyHistogram histogram = Recorded(values);
    for (const double share : kShares) {
      const auto expected = static_cast<double>(NaiveQuantile(values, share));
      const auto got = static_cast<double>(histogram.Quantile(share).count());
      EXPECT_NEAR(got, expected, 0.01 * expected) << share;
    }
  }
}

TEST(LatencyHistogramTest, EveryPowerOfTwoAndItsNeighboursAreWithinTheBound) {
  for (int bit = 0; bit < 63; ++bit) {
    const auto power = std::int64_t{1} << bit;
    for (const std::int64_t value : {power - 1, power, power + 1}) {
      LatencyHistogram histogram = Recorded({value});
      histogram.Record(nanoseconds::max());  // so that max() does not answer
      const auto got = static_cast<double>(histogram.Quantile(0.5).count());
      EXPECT_NEAR(got, static_cast<double>(value),
                  0.004 * static_cast<double>(value));
    }
  }
}

TEST(LatencyHistogramTest, LatenciesBelow256AreExact) {
  std::vector<std::int64_t> values;
  for (std::int64_t value = 0; value < 256; ++value) values.push_back(value);
  const LatencyHistogram histogram = Recorded(values);
  for (const double share : kShares) {
    EXPECT_EQ(histogram.Quantile(share).count(), NaiveQuantile(values, share));
  }
}

TEST(LatencyHistogramTest, MergingEqualsRecordingInOne) {
  const auto first = RandomLatencies(500, 1);
  const auto second = RandomLatencies(700, 2);
  std::vector<std::int64_t> both = first;
  both.insert(both.end(), second.begin(), second.end());
  LatencyHistogram merged = Recorded(first);
  merged.Merge(Recorded(second));
  const LatencyHistogram expected = Recorded(both);
  EXPECT_EQ(merged.count(), expected.count());
  EXPECT_EQ(merged.max(), expected.max());
  for (const double share : kShares) {
    EXPECT_EQ(merged.Quantile(share), expected.Quantile(share));
  }
}

TEST(LatencyHistogramTest, MaxIsExactAndQuantilesNeverExceedIt) {
  const LatencyHistogram histogram = Recorded({1000001, 1000001, 1000001});
  EXPECT_EQ(histogram.max(), nanoseconds(1000001));
  EXPECT_LE(histogram.Quantile(0.5), histogram.max());
  EXPECT_EQ(histogram.Quantile(1), histogram.max());
}

TEST(LatencyHistogramTest, MeanIsOfTheLatenciesNotOfTheBuckets) {
  EXPECT_EQ(Recorded({1000001, 2000002, 3000003}).mean(), nanoseconds(2000002));
}

TEST(LatencyHistogramTest, EmptyAnswersZero) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.max(), nanoseconds(0));
  EXPECT_EQ(histogram.mean(), nanoseconds(0));
  EXPECT_EQ(histogram.Quantile(0.99), nanoseconds(0));
}

TEST(LatencyHistogramTest, NegativeLatencyCountsAsZero) {
  const LatencyHistogram histogram = Recorded({-5});
  EXPECT_EQ(histogram.count(), 1U);
  EXPECT_EQ(histogram.Quantile(0.5), nanoseconds(0));
}

}  // namespace
}  // namespace mongoose::client
