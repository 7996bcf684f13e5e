#include "server/environment_check.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/text_file.h"

namespace mongoose::server {
namespace {

class Socket {
 public:
  Socket(int family, int type) : fd_(socket(family, type | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

StartProblem Taken(const std::string& field, const std::string& address,
                   const std::string& reason) {
  return {EX_UNAVAILABLE,
          absl::StrCat(field, " must be free addresses of this machine, got \"",
                       address, "\": ", reason)};
}

// host:port; [host]:port for IPv6.
void CheckTcp(const std::string& field, const std::string& address,
              std::vector<StartProblem>& out) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon + 1 == address.size()) {
    out.push_back({EX_CONFIG, absl::StrCat(field,
                                           " must be host:port or unix:/path, "
                                           "got \"",
                                           address, "\"")});
    return;
  }
  absl::string_view host(address.data(), colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  const addrinfo hints{.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  const int failure = getaddrinfo(std::string(host).c_str(),
                                  address.c_str() + colon + 1, &hints, &found);
  if (failure != 0) {
    out.push_back(Taken(field, address, gai_strerror(failure)));
    return;
  }
  const Addresses first(found, &freeaddrinfo);
  const Socket probe(first->ai_family, first->ai_socktype);
  const int on = 1;  // as servers do: connections in TIME_WAIT do not count
  setsockopt(probe.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(probe.fd(), first->ai_addr, first->ai_addrlen) != 0 ||
      listen(probe.fd(), 1) != 0) {
    out.push_back(Taken(field, address, std::strerror(errno)));
  }
}

void CheckUnixSocket(const std::string& address,
                     std::vector<StartProblem>& out) {
  const std::string path(absl::StripPrefix(address, "unix:"));
  sockaddr_un name{.sun_family = AF_UNIX};
  if (path.empty() || path.size() >= sizeof(name.sun_path)) {
    out.push_back(
        {EX_CONFIG,
         absl::StrCat("listen.addresses must have socket paths of 1..",
                      sizeof(name.sun_path) - 1, " bytes, got \"", address,
                      "\"")});
    return;
  }
  const auto folder = std::filesystem::absolute(path).parent_path();
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    out.push_back(
        {EX_CANTCREAT,
         absl::StrCat("listen.addresses must have sockets in a writable "
                      "folder, got \"",
                      address, "\": ", folder.string(), ": ",
                      std::strerror(errno))});
    return;
  }
  std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
  const Socket probe(AF_UNIX, SOCK_STREAM);
  if (connect(probe.fd(), reinterpret_cast<const sockaddr*>(&name),
              sizeof(name)) == 0) {
    out.push_back(
        Taken("listen.addresses", address, "another process answers there"));
  }
}

void CheckPem(const std::string& field, const std::string& path,
              absl::string_view marker, std::vector<StartProblem>& out) {
  if (path.empty()) return;
  const auto text = ReadTextFile(path);
  if (!text.ok()) {
    out.push_back({EX_NOINPUT, absl::StrCat(field, " must be a readable file: ",
                                            text.status().message())});
  } else if (!absl::StrContains(*text, marker)) {
    out.push_back({EX_NOINPUT, absl::StrCat(field, " must hold a PEM \"",
                                            marker, "\", got ", path)});
  }
}

}  // namespace

std::vector<StartProblem> CheckEnvironment(const v1::ServerConfig& config) {
  std::vector<StartProblem> problems;
  const v1::ListenConfig& listen = config.listen();
  for (const std::string& address : listen.addresses()) {
    if (absl::StartsWith(address, "unix:")) {
      CheckUnixSocket(address, problems);
    } else {
      CheckTcp("listen.addresses", address, problems);
    }
  }
  if (listen.metrics_address() != "off") {
    CheckTcp("listen.metrics_address", listen.metrics_address(), problems);
  }
  const v1::TlsConfig& tls = listen.tls();
  CheckPem("listen.tls.certificate", tls.certificate(), "BEGIN CERTIFICATE",
           problems);
  CheckPem("listen.tls.private_key", tls.private_key(), "PRIVATE KEY",
           problems);
  CheckPem("listen.tls.client_ca", tls.client_ca(), "BEGIN CERTIFICATE",
           problems);
  return problems;
}

}  // namespace mongoose::server
