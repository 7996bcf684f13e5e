#ifndef MONGOOSE_SERVER_CALL_SITE_H_
#define MONGOOSE_SERVER_CALL_SITE_H_

#include <atomic>
#include <functional>

#include "absl/status/status.h"
#include "core/base/cancel_token.h"
#include "core/base/clock.h"
#include "server/call_log.h"
#include "server/call_record.h"
#include "server/server_metrics.h"
#include "server/task_queue.h"
#include "server/waiting_room.h"

namespace mongoose::server {

// What calls of one method share.  Everything outlives the calls.
struct CallSite {
  TaskQueue& queue;
  WaitingRoom& waiting;
  RpcMetrics& rpc;
  ServerMetrics& metrics;
  CallLog& log;
  const Clock& clock;
  const std::atomic<bool>& draining;  // new work is refused
};

// Runs `work` on the queue of the site, once `ready` is true or `cancel` has
// ended the call.  `refuse` gets the error instead when queue or waiting room
// are full, or the service drains.  Never blocks; `cancel`, `record` and `site`
// outlive the call.
void Schedule(const CallSite& site, std::function<bool()> ready,
              const CancelToken& cancel, CallRecord& record,
              std::function<void()> work,
              std::function<void(const absl::Status&)> refuse);

// Counts and logs the end of a call that began at `start`.
void RecordEnd(const CallSite& site, const CallRecord& record,
               Clock::TimePoint start, const absl::Status& status);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_CALL_SITE_H_
