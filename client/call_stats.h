// What became of the calls of a load.
#ifndef MONGOOSE_CLIENT_CALL_STATS_H_
#define MONGOOSE_CLIENT_CALL_STATS_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "client/latency_histogram.h"

namespace mongoose::client {

// One call that ended.
struct CallOutcome {
  absl::Status status;
  std::uint64_t bytes_sent = 0;      // messages, without framing
  std::uint64_t bytes_received = 0;  // messages, without framing
  std::uint64_t ids = 0;             // row ids in the answer
  std::uint64_t candidates = 0;      // rows proposed
};

// Sums over calls.
// Thread-safety: none; give each thread its own and Merge them.
class CallStats {
 public:
  // Counts a call that ended `latency` after it was due.
  void Add(const CallOutcome& outcome, std::chrono::nanoseconds latency,
           bool is_late);
  // The same as adding every call of `other` here.
  void Merge(const CallStats& other);

  std::uint64_t calls() const { return num_ok() + num_errors_; }
  std::uint64_t num_ok() const { return latency_.count(); }
  std::uint64_t num_errors() const { return num_errors_; }
  // Calls that no sender was free for when they were due.
  std::uint64_t num_late() const { return num_late_; }
  // Calls that failed, by status code.
  const std::map<absl::StatusCode, std::uint64_t>& errors() const {
    return errors_;
  }
  // The first failure seen; empty without one.
  const std::string& first_error() const { return first_error_; }
  // Of the calls that succeeded.
  const LatencyHistogram& latency() const { return latency_; }
  // Sums of the outcomes' fields; the status is OK.
  const CallOutcome& sums() const { return sums_; }

 private:
  LatencyHistogram latency_;
  CallOutcome sums_;
  std::map<absl::StatusCode, std::uint64_t> errors_;
  std::string first_error_;
  std::uint64_t num_errors_ = 0;
  std::uint64_t num_late_ = 0;
};

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_CALL_STATS_H_
