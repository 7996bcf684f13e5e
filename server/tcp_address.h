#ifndef MONGOOSE_SERVER_TCP_ADDRESS_H_
#define MONGOOSE_SERVER_TCP_ADDRESS_H_

#include <netdb.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace mongoose::server {

using TcpAddresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

// Where host:port, or [host]:port for IPv6, can be listened on; never empty;
// addresses of IPv4 where a name has both.
// InvalidArgument for another form; Unavailable, with the resolver's words, for
// a name or port it does not know.
absl::StatusOr<TcpAddresses> ResolveTcp(const std::string& address);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_TCP_ADDRESS_H_
