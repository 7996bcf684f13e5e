#include "server/http_endpoint.h"

#include <CivetServer.h>

#include <exception>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace mongoose::server {
namespace {

struct HttpReply {
  int code = 200;
  std::string body;
};

class PageHandler final : public CivetHandler {
 public:
  explicit PageHandler(std::function<HttpReply()> page)
      : page_(std::move(page)) {}

  bool handleGet(CivetServer*, mg_connection* connection) override {
    const HttpReply reply = page_();
    const std::string head = absl::StrCat(
        "HTTP/1.1 ", reply.code, reply.code == 200 ? " OK" : " Unavailable",
        "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8",
        "\r\nContent-Length: ", reply.body.size(), "\r\n\r\n");
    mg_write(connection, head.data(), head.size());
    mg_write(connection, reply.body.data(), reply.body.size());
    return true;
  }

 private:
  const std::function<HttpReply()> page_;
};

}  // namespace

class HttpEndpoint::Impl {
 public:
  Impl(const std::string& address, HttpPages pages)
      : metrics_([pages] {
          return HttpReply{200, pages.metrics()};
        }),
        healthz_([] {
          return HttpReply{200, "ok\n"};
        }),
        readyz_([pages] {
          return pages.ready() ? HttpReply{200, "ready\n"}
                               : HttpReply{503, "not ready\n"};
        }),
        server_(std::vector<std::string>{"listening_ports", address,
                                         "num_threads", "2"}) {
    server_.addHandler("/metrics", metrics_);
    server_.addHandler("/healthz", healthz_);
    server_.addHandler("/readyz", readyz_);
  }

  int port() { return server_.getListeningPorts().front(); }

 private:
  PageHandler metrics_;
  PageHandler healthz_;
  PageHandler readyz_;
  CivetServer server_;  // last: its threads use the handlers
};

HttpEndpoint::HttpEndpoint(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
HttpEndpoint::~HttpEndpoint() = default;

int HttpEndpoint::port() const { return impl_->port(); }

absl::StatusOr<std::unique_ptr<HttpEndpoint>> HttpEndpoint::Start(
    const std::string& address, HttpPages pages) {
  try {
    return std::unique_ptr<HttpEndpoint>(
        new HttpEndpoint(std::make_unique<Impl>(address, std::move(pages))));
  } catch (const std::exception& error) {  // CivetException
    return absl::UnavailableError(absl::StrCat(
        "listen.metrics_address must be free and of the form host:port, got ",
        address, ": ", error.what()));
  }
}

}  // namespace mongoose::server
