#ifndef MONGOOSE_SERVER_UNARY_CALL_H_
#define MONGOOSE_SERVER_UNARY_CALL_H_

#include <functional>

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "absl/status/status.h"
#include "core/base/cancel_token.h"
#include "core/base/clock.h"
#include "server/server_metrics.h"
#include "server/task_queue.h"

namespace mongoose::server {

// What calls of one method share.  Everything outlives the calls.
struct CallSite {
  TaskQueue& queue;
  RpcMetrics& rpc;
  ServerMetrics& metrics;
  const Clock& clock;
};

// Runs `work` on the queue of the site and finishes the call with its status.
// A call that waited beyond its deadline or whose client has gone is finished
// without running `work`; a full queue refuses it at once.
//
// The request and the response belong to gRPC and live until the call is done.
grpc::ServerUnaryReactor* StartUnaryCall(
    grpc::CallbackServerContext& context, const CallSite& site,
    const google::protobuf::Message& request,
    const google::protobuf::Message& response,
    std::function<absl::Status(const CancelToken&)> work);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_UNARY_CALL_H_
