#ifndef MONGOOSE_SERVER_LEARN_CALL_H_
#define MONGOOSE_SERVER_LEARN_CALL_H_

#include <functional>
#include <vector>

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "absl/status/status.h"
#include "core/base/cancel_token.h"
#include "server/call_site.h"

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::server {

// Gathers the chunks of a LearnHash stream, then runs `work` on the queue of
// the site.  RESOURCE_EXHAUSTED when the chunks have more than 256 MiB.
//
// `response` belongs to gRPC and lives until the call is done.
grpc::ServerReadReactor<v1::LearnHashRequest>* StartLearnCall(
    grpc::CallbackServerContext& context, const CallSite& site,
    const v1::LearnHashResponse& response,
    std::function<absl::Status(const std::vector<v1::LearnHashRequest>&,
                               const CancelToken&)>
        work);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_LEARN_CALL_H_
