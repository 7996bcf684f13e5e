#include "client/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace mongoose::client {
namespace {

constexpr int kSplitBits = 7;  // 2^7 buckets for each power of two
// Those of values below 2^8 are one wide; each further power of two up to
// 2^63 adds 2^7.
constexpr std::size_t kNumBuckets = std::size_t{64 - kSplitBits} << kSplitBits;

// A value keeps its first kSplitBits + 1 bits; `dropped_bits` are the rest.
std::size_t BucketOf(std::uint64_t value) {
  const int dropped_bits =
      std::max(0, static_cast<int>(std::bit_width(value)) - kSplitBits - 1);
  return (static_cast<std::size_t>(dropped_bits) << kSplitBits) +
         static_cast<std::size_t>(value >> dropped_bits);
}

std::uint64_t MiddleOf(std::size_t bucket) {
  const std::size_t dropped_bits =
      std::max<std::size_t>(1, bucket >> kSplitBits) - 1;
  const std::uint64_t kept_bits = bucket - (dropped_bits << kSplitBits);
  return (kept_bits << dropped_bits) + ((std::uint64_t{1} << dropped_bits) / 2);
}

std::chrono::nanoseconds Nanoseconds(std::uint64_t count) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(count));
}

}  // namespace

LatencyHistogram::LatencyHistogram() : counts_(kNumBuckets) {}

void LatencyHistogram::Record(std::chrono::nanoseconds latency) {
  const auto value = static_cast<std::uint64_t>(
      std::max<std::chrono::nanoseconds::rep>(0, latency.count()));
  ++counts_[BucketOf(value)];
  ++count_;
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value);
}

void LatencyHistogram::Merge(const LatencyHistogram& other) {
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    counts_[bucket] += other.counts_[bucket];
  }
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

std::chrono::nanoseconds LatencyHistogram::max() const {
  return Nanoseconds(max_);
}

std::chrono::nanoseconds LatencyHistogram::mean() const {
  if (count_ == 0) return {};
  const double mean = sum_ / static_cast<double>(count_);
  return Nanoseconds(static_cast<std::uint64_t>(mean));
}

std::chrono::nanoseconds LatencyHistogram::Quantile(double share) const {
  assert(share >= 0 && share <= 1);
  const auto rank = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(
             std::ceil(share * static_cast<double>(count_))));
  if (rank >= count_) return max();
  std::uint64_t below = 0;
  std::size_t bucket = 0;
  while (below + counts_[bucket] < rank) below += counts_[bucket++];
  return Nanoseconds(std::min(max_, MiddleOf(bucket)));
}

}  // namespace mongoose::client
