#ifndef MONGOOSE_SERVER_SERVER_CREDENTIALS_H_
#define MONGOOSE_SERVER_SERVER_CREDENTIALS_H_

#include <memory>

#include <grpcpp/security/server_credentials.h>

#include "absl/status/statusor.h"

#include "mongoose/v1/server_config.pb.h"

namespace mongoose::server {

// TLS where a certificate is configured, plain text otherwise; with client_ca,
// clients must show a certificate of it.  NotFound when a file cannot be read.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const v1::TlsConfig& tls);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_SERVER_CREDENTIALS_H_
