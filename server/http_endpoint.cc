#include "server/http_endpoint.h"

#include <microhttpd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/tcp_address.h"

namespace mongoose::server {
namespace {

constexpr unsigned kThreads = 4;
constexpr unsigned kConnections = 64;
constexpr unsigned kIdleSeconds = 5;
// Thread-local data of libraries takes some of it: 60 KiB of OpenBLAS, 8 of
// CUDA.
constexpr std::size_t kStackBytes = std::size_t{1} << 20;

// Pages load nothing from elsewhere, and nothing may frame them.
constexpr std::pair<const char*, const char*> kHeaders[] = {
    {"Content-Security-Policy",
     "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Cache-Control", "no-cache"},
    {"Connection", "close"},
};

HttpReply ReplyTo(const HttpPages& pages, const std::string& method,
                  const char* path) {
  if (method != "GET" && method != "HEAD") {
    return {.code = 405, .body = "only GET and HEAD\n"};
  }
  const auto page = pages.find(path);
  if (page == pages.end()) return {.code = 404, .body = "no such page\n"};
  return page->second();
}

// Called by the daemon once a request's headers are there.
MHD_Result Answer(void* pages, MHD_Connection* connection, const char* path,
                  const char* method, const char*, const char*, std::size_t*,
                  void**) {
  const HttpReply reply =
      ReplyTo(*static_cast<const HttpPages*>(pages), method, path);
  // It takes a copy, but no const.
  MHD_Response* const response = MHD_create_response_from_buffer(
      reply.body.size(), const_cast<char*>(reply.body.data()),
      MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, "Content-Type", reply.content_type.c_str());
  for (const auto& [name, value] : kHeaders) {
    MHD_add_response_header(response, name, value);
  }
  const MHD_Result result = MHD_queue_response(
      connection, static_cast<unsigned>(reply.code), response);
  MHD_destroy_response(response);
  return result;
}

}  // namespace

HttpEndpoint::HttpEndpoint(HttpPages pages, const addrinfo& address)
    : pages_(std::move(pages)) {
  unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD;
  if (address.ai_family == AF_INET6) flags |= MHD_USE_IPv6;
  daemon_ = MHD_start_daemon(flags, 0, nullptr, nullptr, &Answer, &pages_,  //
                             MHD_OPTION_SOCK_ADDR, address.ai_addr,         //
                             MHD_OPTION_THREAD_POOL_SIZE, kThreads,         //
                             MHD_OPTION_THREAD_STACK_SIZE, kStackBytes,     //
                             MHD_OPTION_CONNECTION_LIMIT, kConnections,     //
                             MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds,   //
                             MHD_OPTION_END);
}

HttpEndpoint::~HttpEndpoint() {
  if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
}

int HttpEndpoint::port() const {
  return MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_BIND_PORT)->port;
}

absl::StatusOr<std::unique_ptr<HttpEndpoint>> HttpEndpoint::Start(
    const std::string& address, HttpPages pages) {
  const auto refuse = [&address](const std::string& reason) {
    return absl::UnavailableError(absl::StrCat(
        "listen.metrics_address must be free and of the form host:port, got ",
        address, ": ", reason));
  };
  const auto resolved = ResolveTcp(address);
  if (!resolved.ok()) return refuse(std::string(resolved.status().message()));
  std::unique_ptr<HttpEndpoint> endpoint(
      new HttpEndpoint(std::move(pages), **resolved));
  if (endpoint->daemon_ == nullptr) return refuse(std::strerror(errno));
  return endpoint;
}

}  // namespace mongoose::server
