#ifndef MONGOOSE_SERVER_UNARY_CALL_H_
#define MONGOOSE_SERVER_UNARY_CALL_H_

#include <functional>

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "absl/status/status.h"
#include "core/base/cancel_token.h"
#include "server/call_site.h"

namespace mongoose::server {

// Runs `work` on the queue of the site, once `ready` is true, and finishes the
// call with its status.  A call that waited beyond its deadline or whose
// client has gone is finished without running `work`; a full queue refuses it
// at once.
//
// The request and the response belong to gRPC and live until the call is done.
grpc::ServerUnaryReactor* StartUnaryCall(
    grpc::CallbackServerContext& context, const CallSite& site,
    const google::protobuf::Message& request,
    const google::protobuf::Message& response,
    std::function<absl::Status(const CancelToken&, CallRecord&)> work,
    std::function<bool()> ready = [] { return true; });

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_UNARY_CALL_H_
