#ifndef MONGOOSE_SERVER_CALL_LOG_H_
#define MONGOOSE_SERVER_CALL_LOG_H_

#include <cstdint>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "server/call_record.h"

#include "mongoose/v1/server_config.pb.h"

namespace mongoose::server {

// Writes a line for calls worth one: log.calls says which, and no more than
// log.max_calls_per_second, since a broken worker can fail thousands of calls
// a second.  Thread-safe.
class CallLog {
 public:
  // `clock` must outlive it.
  CallLog(const v1::LogConfig& config, const Clock& clock)
      : config_(config), clock_(clock) {}

  // The call ended with `status` after `seconds`.
  void Write(std::string_view method, const CallRecord& record,
             const absl::Status& status, double seconds)
      ABSL_LOCKS_EXCLUDED(mu_);

  // Lines left out for their number.
  std::uint64_t num_suppressed() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  bool IsWanted(const CallRecord& record, const absl::Status& status) const;
  // Counts a line; false if this second has had its share.
  bool HasRoom() ABSL_LOCKS_EXCLUDED(mu_);

  const v1::LogConfig config_;
  const Clock& clock_;
  mutable Mutex mu_;
  Clock::TimePoint second_ ABSL_GUARDED_BY(mu_){};
  std::uint32_t lines_ ABSL_GUARDED_BY(mu_) = 0;  // since second_
  std::uint64_t suppressed_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_CALL_LOG_H_
