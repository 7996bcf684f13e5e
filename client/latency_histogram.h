// Counts latencies in log-linear buckets and answers quantiles of them.
//
// Each power of two is split into 128 buckets of equal width, so that an
// answer is within 0.4 % of a recorded latency; below 256 ns it is exact.
// 58 KiB whatever the number of latencies.  Covers all nanoseconds of an
// int64.
//
// Thread-safety: const methods may run at once; others need the object alone.
// Give each thread its own and Merge them.
#ifndef MONGOOSE_CLIENT_LATENCY_HISTOGRAM_H_
#define MONGOOSE_CLIENT_LATENCY_HISTOGRAM_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mongoose::client {

class LatencyHistogram {
 public:
  LatencyHistogram();

  // O(1), allocates nothing.  A negative latency counts as 0.
  void Record(std::chrono::nanoseconds latency);

  // The same as recording every latency of `other` here.
  void Merge(const LatencyHistogram& other);

  std::uint64_t count() const { return count_; }
  // Exact; 0 when nothing was recorded.
  std::chrono::nanoseconds max() const;
  // Exact up to rounding; 0 when nothing was recorded.
  std::chrono::nanoseconds mean() const;

  // The latency that a share of at least `share` of all do not exceed: the one
  // of rank max(1, ceil(share * count())), within 0.4 %.  0 when nothing was
  // recorded.  REQUIRES: 0 <= share <= 1.
  std::chrono::nanoseconds Quantile(double share) const;

 private:
  std::vector<std::uint64_t> counts_;  // by bucket
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;  // nanoseconds
  double sum_ = 0;         // nanoseconds
};

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_LATENCY_HISTOGRAM_H_
