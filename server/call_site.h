#ifndef MONGOOSE_SERVER_CALL_SITE_H_
#define MONGOOSE_SERVER_CALL_SITE_H_

#include <functional>

#include "absl/status/status.h"
#include "core/base/cancel_token.h"
#include "core/base/clock.h"
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
  const Clock& clock;
};

// Runs `work` on the queue of the site, once `ready` is true or `cancel` has
// ended the call.  `refuse` gets the error instead when queue or waiting room
// are full.  Never blocks; `cancel` and `site` outlive the call.
void Schedule(const CallSite& site, std::function<bool()> ready,
              const CancelToken& cancel, std::function<void()> work,
              std::function<void(const absl::Status&)> refuse);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_CALL_SITE_H_
