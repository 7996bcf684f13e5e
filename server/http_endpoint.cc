#include "server/http_endpoint.h"

#include <CivetServer.h>

#include <exception>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace mongoose::server {
namespace {

// Pages load nothing from elsewhere, and nothing may frame them.
constexpr char kSecurityHeaders[] =
    "\r\nContent-Security-Policy: default-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'"
    "\r\nX-Content-Type-Options: nosniff"
    "\r\nCache-Control: no-cache";

const char* ReasonPhrase(int code) {
  switch (code) {
    case 200:
      return "OK";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    default:
      return "Service Unavailable";
  }
}

class PagesHandler final : public CivetHandler {
 public:
  explicit PagesHandler(HttpPages pages) : pages_(std::move(pages)) {}

  bool handleGet(CivetServer*, mg_connection* connection) override {
    return Send(connection, Find(connection), /*with_body=*/true);
  }
  bool handleHead(CivetServer*, mg_connection* connection) override {
    return Send(connection, Find(connection), /*with_body=*/false);
  }
  bool handlePost(CivetServer*, mg_connection* connection) override {
    return Send(connection, NotAllowed(), /*with_body=*/true);
  }
  bool handlePut(CivetServer*, mg_connection* connection) override {
    return Send(connection, NotAllowed(), /*with_body=*/true);
  }
  bool handleDelete(CivetServer*, mg_connection* connection) override {
    return Send(connection, NotAllowed(), /*with_body=*/true);
  }

 private:
  static HttpReply NotAllowed() {
    return {.code = 405, .body = "only GET and HEAD\n"};
  }
  HttpReply Find(const mg_connection* connection) const {
    const auto page = pages_.find(mg_get_request_info(connection)->local_uri);
    if (page == pages_.end()) return {.code = 404, .body = "no such page\n"};
    return page->second();
  }
  static bool Send(mg_connection* connection, const HttpReply& reply,
                   bool with_body) {
    const std::string head =
        absl::StrCat("HTTP/1.1 ", reply.code, " ", ReasonPhrase(reply.code),
                     "\r\nContent-Type: ", reply.content_type,
                     "\r\nContent-Length: ", reply.body.size(),
                     kSecurityHeaders, "\r\nConnection: close\r\n\r\n");
    mg_write(connection, head.data(), head.size());
    if (with_body) mg_write(connection, reply.body.data(), reply.body.size());
    return true;
  }

  const HttpPages pages_;
};

}  // namespace

class HttpEndpoint::Impl {
 public:
  Impl(const std::string& address, HttpPages pages)
      : handler_(std::move(pages)),
        server_(std::vector<std::string>{"listening_ports", address,
                                         "num_threads", "4",
                                         "request_timeout_ms", "5000"}) {
    server_.addHandler("/", handler_);
  }

  int port() { return server_.getListeningPorts().front(); }

 private:
  PagesHandler handler_;
  CivetServer server_;  // last: its threads use the handler
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
