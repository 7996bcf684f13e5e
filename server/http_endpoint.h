#ifndef MONGOOSE_SERVER_HTTP_ENDPOINT_H_
#define MONGOOSE_SERVER_HTTP_ENDPOINT_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

struct MHD_Daemon;
struct addrinfo;

namespace mongoose::server {

struct HttpReply {
  int code = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// What is served, by path; called from the endpoint's threads.
using HttpPages = std::map<std::string, std::function<HttpReply()>>;

// Answers GET and HEAD for exactly the paths given, over plain HTTP: 404 for
// others; other methods are refused.
class HttpEndpoint {
 public:
  // `address` is host:port; port 0 takes a free one.  Unavailable when the
  // address cannot be bound.
  static absl::StatusOr<std::unique_ptr<HttpEndpoint>> Start(
      const std::string& address, HttpPages pages);
  ~HttpEndpoint();
  HttpEndpoint(const HttpEndpoint&) = delete;
  HttpEndpoint& operator=(const HttpEndpoint&) = delete;

  int port() const;

 private:
  // Without a daemon where it cannot be started.
  HttpEndpoint(HttpPages pages, const addrinfo& address);

  HttpPages pages_;               // never changed
  MHD_Daemon* daemon_ = nullptr;  // uses pages_
};

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_HTTP_ENDPOINT_H_
