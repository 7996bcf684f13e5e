#ifndef MONGOOSE_SERVER_GRPC_STATUS_H_
#define MONGOOSE_SERVER_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace mongoose::server {

// The same code and message, with google.rpc details: ErrorInfo (domain
// "mongoose", a reason per kind of error) always; BadRequest with the field
// for InvalidArgument and OutOfRange, read from messages of the form
// "<field> must <rule>, got <value>"; RetryInfo where waiting helps.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_GRPC_STATUS_H_
