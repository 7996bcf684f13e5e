#ifndef MONGOOSE_SERVER_RPC_METRICS_H_
#define MONGOOSE_SERVER_RPC_METRICS_H_

#include <cstddef>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "absl/status/status.h"

namespace mongoose::server {

enum class RpcType { kUnary, kClientStream, kBidiStream };

// The grpc-prometheus series of one method.  Thread-safe.
class RpcMetrics {
 public:
  RpcMetrics(prometheus::Registry& registry, const std::string& method,
             RpcType type);

  const std::string& method() const { return method_; }

  void CallStarted() { started_.Increment(); }
  void MessageReceived(std::size_t bytes);
  void MessageSent(std::size_t bytes);
  void CallHandled(absl::StatusCode code, double seconds);

 private:
  prometheus::Counter& CallCounter(absl::StatusCode code);

  const std::string method_;
  const prometheus::Labels labels_;
  prometheus::Counter& started_;
  prometheus::Counter& received_;
  prometheus::Counter& received_bytes_;
  prometheus::Counter& sent_;
  prometheus::Counter& sent_bytes_;
  prometheus::Histogram& seconds_;
  prometheus::Family<prometheus::Counter>& handled_;
};

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_RPC_METRICS_H_
