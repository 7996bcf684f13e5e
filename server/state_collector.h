#ifndef MONGOOSE_SERVER_STATE_COLLECTOR_H_
#define MONGOOSE_SERVER_STATE_COLLECTOR_H_

#include <cstdint>
#include <functional>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "core/index/index_catalog.h"
#include "server/task_queue.h"
#include "server/waiting_room.h"

namespace mongoose::server {

// What the collector reads; everything outlives it.
struct StateSources {
  const IndexCatalog& catalog;
  std::vector<const TaskQueue*> queues;
  std::vector<const WaitingRoom*> rooms;
  std::uint64_t index_bytes_limit = 0;  // of all indexes together
  std::function<std::uint64_t()> log_lines_suppressed;
};

// Series that are read when /metrics is asked for: queues, indexes, process.
class StateCollector final : public prometheus::Collectable {
 public:
  explicit StateCollector(StateSources sources);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  void CollectQueues(std::vector<prometheus::MetricFamily>& out) const;
  void CollectIndexes(std::vector<prometheus::MetricFamily>& out) const;
  void CollectProcess(std::vector<prometheus::MetricFamily>& out) const;

  const StateSources sources_;
};

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_STATE_COLLECTOR_H_
