#include "tests/support/tcp_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace mongoose::testing {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

TcpProxy::TcpProxy(int server_port) : server_port_(server_port) {
  listener_ = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  accept_thread_ = std::jthread([this] { AcceptLoop(); });
}

TcpProxy::~TcpProxy() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  accept_thread_.join();
  Cut();
  threads_.clear();  // joins
  for (const int socket : open_) close(socket);
  close(listener_);
}

void TcpProxy::Cut() {
  const std::lock_guard lock(mu_);
  for (const int socket : open_) shutdown(socket, SHUT_RDWR);
}

void TcpProxy::AcceptLoop() {
  while (!stopping_) {
    const int down = accept(listener_, nullptr, nullptr);
    if (down < 0) return;
    const int up = socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in server = Loopback(server_port_);
    if (connect(up, reinterpret_cast<const sockaddr*>(&server),
                sizeof(server)) != 0) {
      close(up);
      close(down);
      continue;
    }
    const std::lock_guard lock(mu_);
    open_.push_back(down);
    open_.push_back(up);
    threads_.emplace_back([this, down, up] { Forward(down, up); });
    threads_.emplace_back([this, down, up] { Forward(up, down); });
  }
}

// Sockets stay open until the end, so that Cut never meets a reused number.
void TcpProxy::Forward(int from, int to) {
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t received = recv(from, buffer.data(), buffer.size(), 0);
    if (received <= 0) break;
    ssize_t sent = 0;
    while (sent < received) {
      const ssize_t count =
          send(to, buffer.data() + sent,
               static_cast<std::size_t>(received - sent), MSG_NOSIGNAL);
      if (count <= 0) break;
      sent += count;
    }
    if (sent < received) break;
  }
  shutdown(from, SHUT_RDWR);
  shutdown(to, SHUT_RDWR);
}

}  // namespace mongoose::testing
