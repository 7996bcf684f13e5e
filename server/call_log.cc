#include "server/call_log.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "server/log.h"
#include "server/stage_names.h"

namespace mongoose::server {
namespace {

constexpr std::size_t kMaxError = 1000;  // bytes of a message

double Millis(double seconds) { return seconds * 1e3; }

// Stages of a query; none of other calls.
void AddStages(const CallRecord& record, std::vector<LogField>& fields) {
  double sum = record.encode_seconds;
  for (const double seconds : record.stage_seconds) sum += seconds;
  if (sum == 0) return;
  for (std::size_t stage = 0; stage < kNumQueryStages; ++stage) {
    fields.emplace_back(std::string(kStageNames[stage]) + "_ms",
                        Millis(record.stage_seconds[stage]));
  }
  fields.emplace_back("encode_ms", Millis(record.encode_seconds));
}

}  // namespace

bool CallLog::IsWanted(const CallRecord& record,
                       const absl::Status& status) const {
  if (config_.calls() == "all") return true;
  if (config_.calls() == "none") return false;
  if (!status.ok()) return true;
  return config_.calls() == "traced" && record.trace.has_value() &&
         record.trace->sampled;
}

bool CallLog::HasRoom() {
  MutexLock lock(mu_);
  const Clock::TimePoint now = clock_.Now();
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    lines_ = 0;
  }
  if (lines_ >= config_.max_calls_per_second()) {
    ++suppressed_;
    return false;
  }
  ++lines_;
  return true;
}

void CallLog::Write(std::string_view method, const CallRecord& record,
                    const absl::Status& status, double seconds) {
  if (!IsWanted(record, status) || !HasRoom()) return;
  std::vector<LogField> fields = {
      {"method", method},
      {"code", absl::StatusCodeToString(status.code())},
      {"index", record.index}};
  if (record.trace.has_value()) {
    fields.emplace_back("trace_id", record.trace->trace_id);
    fields.emplace_back("parent_id", record.trace->parent_id);
  }
  fields.emplace_back("messages", record.messages);
  fields.emplace_back("total_ms", Millis(seconds));
  fields.emplace_back("queue_ms", Millis(record.queue_seconds));
  fields.emplace_back("work_ms", Millis(record.work_seconds));
  AddStages(record, fields);
  if (!status.ok()) {
    fields.emplace_back("error",
                        std::string(status.message().substr(0, kMaxError)));
  }
  LogInfo("call", fields);
}

std::uint64_t CallLog::num_suppressed() const {
  MutexLock lock(mu_);
  return suppressed_;
}

}  // namespace mongoose::server
