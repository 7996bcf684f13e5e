#ifndef MONGOOSE_TESTS_SUPPORT_TCP_PROXY_H_
#define MONGOOSE_TESTS_SUPPORT_TCP_PROXY_H_

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mongoose::testing {

// Forwards 127.0.0.1:port() to a server on this machine until Cut, to see what
// clients do when the network goes away.
class TcpProxy {
 public:
  explicit TcpProxy(int server_port);
  ~TcpProxy();

  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  std::string target() const { return "127.0.0.1:" + std::to_string(port_); }
  // Resets every connection; new ones are accepted and forwarded.
  void Cut();

 private:
  void AcceptLoop();
  void Forward(int from, int to);

  const int server_port_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::mutex mu_;
  std::vector<int> open_;
  std::vector<std::jthread> threads_;
  std::jthread accept_thread_;
};

}  // namespace mongoose::testing

#endif  // MONGOOSE_TESTS_SUPPORT_TCP_PROXY_H_
