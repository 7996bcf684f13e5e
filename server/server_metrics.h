#ifndef MONGOOSE_SERVER_SERVER_METRICS_H_
#define MONGOOSE_SERVER_SERVER_METRICS_H_

#include <array>
#include <memory>
#include <string>

#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "core/query/active_sets.h"
#include "server/rpc_metrics.h"
#include "server/state_collector.h"

namespace mongoose::server {

// Everything /metrics shows.  Owns the registry.  Thread-safe.  What calls do
// is counted as they do it; the state of indexes, queues and process is read
// when /metrics is asked for.
class ServerMetrics {
 public:
  // `rehash_backend`: the name of the backend that hashes rows.
  ServerMetrics(StateSources sources, const std::string& rehash_backend);

  std::unique_ptr<RpcMetrics> CreateRpc(const std::string& method,
                                        RpcType type) {
    return std::make_unique<RpcMetrics>(registry_, method, type);
  }
  // A call waited `seconds` in its queue.
  void ObserveQueue(double seconds) { queue_seconds_.Observe(seconds); }
  // A batch of queries was answered.
  void ObserveStages(const StageSeconds& stage_seconds, double encode_seconds);

  // All series, in the Prometheus text format.
  std::string Serialize() const;

 private:
  prometheus::Registry registry_;
  const StateCollector state_;
  prometheus::Histogram& queue_seconds_;
  std::array<prometheus::Histogram*, kNumQueryStages> stage_seconds_{};
  prometheus::Histogram& encode_seconds_;
};

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_SERVER_METRICS_H_
