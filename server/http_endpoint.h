#ifndef MONGOOSE_SERVER_HTTP_ENDPOINT_H_
#define MONGOOSE_SERVER_HTTP_ENDPOINT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace mongoose::server {

// What the endpoint shows; called from its threads.
struct HttpPages {
  std::function<std::string()> metrics;  // Prometheus text
  std::function<bool()> ready;           // takes calls
};

// Serves /metrics, /healthz (200 while the process runs) and /readyz (200
// while it takes calls, else 503) over plain HTTP.
class HttpEndpoint {
 public:
  // `address` is host:port; port 0 takes a free one.  Unavailable when the
  // address cannot be bound.
  static absl::StatusOr<std::unique_ptr<HttpEndpoint>> Start(
      const std::string& address, HttpPages pages);
  ~HttpEndpoint();

  int port() const;

 private:
  class Impl;
  explicit HttpEndpoint(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_HTTP_ENDPOINT_H_
