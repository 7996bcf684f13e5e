#include "client/call_stats.h"

namespace mongoose::client {
namespace {

void AddSums(const CallOutcome& from, CallOutcome& to) {
  to.bytes_sent += from.bytes_sent;
  to.bytes_received += from.bytes_received;
  to.ids += from.ids;
  to.candidates += from.candidates;
}

}  // namespace

void CallStats::Add(const CallOutcome& outcome,
                    std::chrono::nanoseconds latency, bool is_late) {
  AddSums(outcome, sums_);
  if (is_late) ++num_late_;
  if (outcome.status.ok()) {
    latency_.Record(latency);
    return;
  }
  ++num_errors_;
  ++errors_[outcome.status.code()];
  if (first_error_.empty()) first_error_ = outcome.status.ToString();
}

void CallStats::Merge(const CallStats& other) {
  latency_.Merge(other.latency_);
  AddSums(other.sums_, sums_);
  for (const auto& [code, count] : other.errors_) errors_[code] += count;
  if (first_error_.empty()) first_error_ = other.first_error_;
  num_errors_ += other.num_errors_;
  num_late_ += other.num_late_;
}

}  // namespace mongoose::client
