#ifndef MONGOOSE_CLIENT_CALL_STATUS_H_
#define MONGOOSE_CLIENT_CALL_STATUS_H_

#include <string>

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace mongoose::client {

// The same canonical code and message; details stay behind.
inline absl::Status ToAbslStatus(const grpc::Status& status) {
  return {static_cast<absl::StatusCode>(status.error_code()),
          status.error_message()};
}

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_CALL_STATUS_H_
