#include "server/server_credentials.h"

#include <utility>

#include "core/base/status_macros.h"
#include "server/text_file.h"

namespace mongoose::server {

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const v1::TlsConfig& tls) {
  if (tls.certificate().empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;
  auto& pair = options.pem_key_cert_pairs.emplace_back();
  ASSIGN_OR_RETURN(pair.cert_chain, ReadTextFile(tls.certificate()));
  ASSIGN_OR_RETURN(pair.private_key, ReadTextFile(tls.private_key()));
  if (!tls.client_ca().empty()) {
    ASSIGN_OR_RETURN(options.pem_root_certs, ReadTextFile(tls.client_ca()));
    options.client_certificate_request =
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  return grpc::SslServerCredentials(options);
}

}  // namespace mongoose::server
