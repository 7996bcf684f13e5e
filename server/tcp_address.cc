#include "server/tcp_address.h"

#include <sys/socket.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace mongoose::server {

absl::StatusOr<TcpAddresses> ResolveTcp(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon + 1 == address.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("must be host:port, got \"", address, "\""));
  }
  absl::string_view host(address.data(), colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  addrinfo* found = nullptr;
  int failure = EAI_NONAME;
  for (const int family : {AF_INET, AF_UNSPEC}) {
    const addrinfo hints{.ai_flags = AI_PASSIVE,
                         .ai_family = family,
                         .ai_socktype = SOCK_STREAM};
    failure = getaddrinfo(std::string(host).c_str(),
                          address.c_str() + colon + 1, &hints, &found);
    if (failure == 0) break;
  }
  if (failure != 0) return absl::UnavailableError(gai_strerror(failure));
  return TcpAddresses(found, &freeaddrinfo);
}

}  // namespace mongoose::server
