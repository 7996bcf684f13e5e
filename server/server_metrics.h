// Everything /metrics shows.  Names and units are listed in docs/metrics.md.
#ifndef MONGOOSE_SERVER_SERVER_METRICS_H_
#define MONGOOSE_SERVER_SERVER_METRICS_H_

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "absl/status/status.h"
#include "core/index/index_catalog.h"
#include "core/query/active_sets.h"
#include "server/task_queue.h"
#include "server/waiting_room.h"

namespace mongoose::server {

enum class RpcType { kUnary, kClientStream, kBidiStream };

// The grpc-prometheus series of one method.  Thread-safe.
class RpcMetrics {
 public:
  RpcMetrics(prometheus::Registry& registry, const std::string& method,
             RpcType type);

  void CallStarted() { started_.Increment(); }
  void MessageReceived(std::size_t bytes);
  void MessageSent(std::size_t bytes);
  void CallHandled(absl::StatusCode code, double seconds);

 private:
  const std::string method_;
  const std::string type_;
  prometheus::Counter& started_;
  prometheus::Counter& received_;
  prometheus::Counter& received_bytes_;
  prometheus::Counter& sent_;
  prometheus::Counter& sent_bytes_;
  prometheus::Histogram& seconds_;
  prometheus::Family<prometheus::Counter>& handled_;
};

// Owns the registry.  Thread-safe.  Counters are pushed by calls; the state of
// indexes and queues is read when /metrics is asked for.
class ServerMetrics {
 public:
  // All must outlive it.
  ServerMetrics(const IndexCatalog& catalog,
                std::vector<const TaskQueue*> queues,
                const WaitingRoom& waiting);
  ~ServerMetrics();

  std::unique_ptr<RpcMetrics> CreateRpc(const std::string& method,
                                        RpcType type) {
    return std::make_unique<RpcMetrics>(registry_, method, type);
  }
  // A call waited `seconds` in its queue.
  void ObserveQueue(double seconds);
  // A batch of `batch` queries was answered.
  void ObserveQuery(std::size_t batch, const ActiveSets& sets,
                    double encode_seconds);

  // All series, in the Prometheus text format.
  std::string Serialize() const;

 private:
  class StateCollector;

  prometheus::Registry registry_;
  std::unique_ptr<StateCollector> state_;
  prometheus::Histogram& queue_seconds_;
  std::array<prometheus::Histogram*, kNumQueryStages> stage_seconds_{};
  prometheus::Histogram& encode_seconds_;
  prometheus::Counter& queries_;
  prometheus::Counter& candidates_;
  prometheus::Counter& active_rows_;
};

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_SERVER_METRICS_H_
