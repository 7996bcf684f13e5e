#ifndef MONGOOSE_CLIENT_TLS_FLAGS_H_
#define MONGOOSE_CLIENT_TLS_FLAGS_H_

#include <CLI/CLI.hpp>

#include "client/index_client.h"

namespace mongoose::client {

// Binds --tls-ca, --tls-certificate and --tls-key, or MONGOOSE_TLS_CA and so
// on, to `files`, which must outlive `app`.
inline void AddTlsFlags(CLI::App& app, TlsFiles& files) {
  app.add_option("--tls-ca", files.ca,
                 "PEM file of authorities to trust; without it, no TLS")
      ->envname("MONGOOSE_TLS_CA");
  app.add_option("--tls-certificate", files.certificate,
                 "PEM file to show to a server that asks for one")
      ->envname("MONGOOSE_TLS_CERTIFICATE");
  app.add_option("--tls-key", files.private_key,
                 "PEM file with its private key")
      ->envname("MONGOOSE_TLS_KEY");
}

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_TLS_FLAGS_H_
