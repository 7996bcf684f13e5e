#include "server/environment_check.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/key_pair.h"
#include "server/rehash_device.h"
#include "server/tcp_address.h"
#include "server/text_file.h"

namespace mongoose::server {
namespace {

class Socket {
 public:
  Socket(int family, int type) : fd_(socket(family, type | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  int fd() const { return fd_; }

 private:
  int fd_;
};

StartProblem Taken(const std::string& field, const std::string& address,
                   const std::string& reason) {
  return {EX_UNAVAILABLE,
          absl::StrCat(field, " must be free addresses of this machine, got \"",
                       address, "\": ", reason)};
}

// Keeps the address until `held` goes, so that one named twice is taken.
void CheckTcp(const std::string& field, const std::string& address,
              std::vector<Socket>& held, std::vector<StartProblem>& out) {
  const auto resolved = ResolveTcp(address);
  if (absl::IsInvalidArgument(resolved.status())) {
    out.push_back({EX_CONFIG, absl::StrCat(field,
                                           " must be host:port or unix:/path, "
                                           "got \"",
                                           address, "\"")});
    return;
  }
  if (!resolved.ok()) {
    out.push_back(
        Taken(field, address, std::string(resolved.status().message())));
    return;
  }
  const addrinfo* const first = resolved->get();
  const Socket& probe = held.emplace_back(first->ai_family, first->ai_socktype);
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
  struct stat existing {};
  if (lstat(path.c_str(), &existing) == 0 && !S_ISSOCK(existing.st_mode)) {
    out.push_back(Taken("listen.addresses", address, "not a socket"));
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

// The readable text of a PEM file; none, with a problem, if it has no `marker`.
std::optional<std::string> ReadPem(const std::string& field,
                                   const std::string& path,
                                   absl::string_view marker,
                                   std::vector<StartProblem>& out) {
  auto text = ReadTextFile(path);
  if (!text.ok()) {
    out.push_back({EX_NOINPUT, absl::StrCat(field, " must be a readable file: ",
                                            text.status().message())});
    return std::nullopt;
  }
  if (!absl::StrContains(*text, marker)) {
    out.push_back({EX_NOINPUT, absl::StrCat(field, " must hold a PEM \"",
                                            marker, "\", got ", path)});
    return std::nullopt;
  }
  return *std::move(text);
}

void CheckTls(const v1::TlsConfig& tls, std::vector<StartProblem>& out) {
  if (tls.certificate().empty()) return;
  const auto certificate = ReadPem("listen.tls.certificate", tls.certificate(),
                                   "BEGIN CERTIFICATE", out);
  const auto key =
      ReadPem("listen.tls.private_key", tls.private_key(), "PRIVATE KEY", out);
  if (!tls.client_ca().empty()) {
    ReadPem("listen.tls.client_ca", tls.client_ca(), "BEGIN CERTIFICATE", out);
  }
  if (certificate.has_value() && key.has_value() &&
      !IsKeyPair(*certificate, *key)) {
    out.push_back(
        {EX_NOINPUT,
         absl::StrCat("listen.tls.private_key must be a key of the first "
                      "certificate in ",
                      tls.certificate(), ", got ", tls.private_key())});
  }
}

}  // namespace

std::vector<StartProblem> CheckEnvironment(const v1::ServerConfig& config) {
  std::vector<StartProblem> problems;
  std::vector<Socket> held;
  const v1::ListenConfig& listen = config.listen();
  for (const std::string& address : listen.addresses()) {
    if (absl::StartsWith(address, "unix:")) {
      CheckUnixSocket(address, problems);
    } else {
      CheckTcp("listen.addresses", address, held, problems);
    }
  }
  if (listen.metrics_address() != "off") {
    CheckTcp("listen.metrics_address", listen.metrics_address(), held,
             problems);
  }
  CheckTls(listen.tls(), problems);
  const auto device = OpenDevice(config.pools());
  if (!device.ok()) {
    problems.push_back(
        {EX_UNAVAILABLE, std::string(device.status().message())});
  }
  return problems;
}

}  // namespace mongoose::server
