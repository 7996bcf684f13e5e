#ifndef MONGOOSE_SERVER_CALL_CANCEL_TOKEN_H_
#define MONGOOSE_SERVER_CALL_CANCEL_TOKEN_H_

#include <chrono>

#include <grpcpp/server_context.h>

#include "core/base/cancel_token.h"

namespace mongoose::server {

// Follows the deadline and the cancellation of one call; lives as long as its
// context.
class CallCancelToken final : public CancelToken {
 public:
  explicit CallCancelToken(const grpc::CallbackServerContext& context)
      : context_(context) {}

  absl::Status Check() const override {
    if (context_.deadline() <= std::chrono::system_clock::now()) {
      return absl::DeadlineExceededError("the call's deadline has passed");
    }
    if (context_.IsCancelled()) {
      return absl::CancelledError("the client has gone");
    }
    return absl::OkStatus();
  }

 private:
  const grpc::CallbackServerContext& context_;
};

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_CALL_CANCEL_TOKEN_H_
