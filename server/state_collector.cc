#include "server/state_collector.h"

#include <string>
#include <utility>

#include "server/index_series.h"
#include "server/metric_names.h"
#include "server/process_stats.h"

namespace mongoose::server {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily MakeFamily(const metric::Info& info, MetricType type) {
  return {.name = info.name, .help = info.help, .type = type, .metric = {}};
}

void AddValue(MetricFamily& family, double value,
              std::vector<prometheus::ClientMetric::Label> labels = {}) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  if (family.type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  family.metric.push_back(std::move(metric));
}

// A family of one series without labels.
void AddFamily(std::vector<MetricFamily>& out, const metric::Info& info,
               MetricType type, double value) {
  AddValue(out.emplace_back(MakeFamily(info, type)), value);
}

bool IsAttention(const AnyIndex& index) {
  return std::holds_alternative<std::shared_ptr<AttentionIndex>>(index);
}

}  // namespace

StateCollector::StateCollector(StateSources sources)
    : sources_(std::move(sources)) {}

std::vector<MetricFamily> StateCollector::Collect() const {
  std::vector<MetricFamily> out;
  CollectQueues(out);
  CollectIndexes(out);
  CollectProcess(out);
  return out;
}

void StateCollector::CollectQueues(std::vector<MetricFamily>& out) const {
  MetricFamily length = MakeFamily(metric::kQueueLength, MetricType::Gauge);
  MetricFamily limit = MakeFamily(metric::kQueueLimit, MetricType::Gauge);
  const auto add = [&](const auto& queue) {
    AddValue(length, static_cast<double>(queue.length()),
             {{"queue", queue.name()}});
    AddValue(limit, static_cast<double>(queue.capacity()),
             {{"queue", queue.name()}});
  };
  for (const TaskQueue* queue : sources_.queues) add(*queue);
  for (const WaitingRoom* room : sources_.rooms) add(*room);
  out.push_back(std::move(length));
  out.push_back(std::move(limit));
}

void StateCollector::CollectIndexes(std::vector<MetricFamily>& out) const {
  std::vector<std::pair<AnyIndex, IndexStatus>> statuses;
  for (const AnyIndex& any : sources_.catalog.All()) {
    statuses.emplace_back(
        any,
        std::visit([](const auto& index) { return index->status(); }, any));
  }
  for (const IndexSeries& series : AllIndexSeries()) {
    MetricFamily family = MakeFamily(series.info, series.type);
    for (const auto& [index, status] : statuses) {
      if (IsAttention(index) && !series.of_attention) continue;
      AddValue(family, series.value(status), {{"index", NameOf(index)}});
    }
    out.push_back(std::move(family));
  }
}

void StateCollector::CollectProcess(std::vector<MetricFamily>& out) const {
  constexpr auto kGauge = MetricType::Gauge;
  constexpr auto kCounter = MetricType::Counter;
  const ProcessStats stats = ReadProcessStats();
  AddFamily(out, metric::kCpuSeconds, kCounter, stats.cpu_seconds);
  AddFamily(out, metric::kStartTime, kGauge, stats.start_time_seconds);
  AddFamily(out, metric::kResidentBytes, kGauge,
            static_cast<double>(stats.resident_bytes));
  AddFamily(out, metric::kOpenFiles, kGauge,
            static_cast<double>(stats.open_files));
  AddFamily(out, metric::kMaxFiles, kGauge,
            static_cast<double>(stats.max_files));
  AddFamily(out, metric::kThreads, kGauge, static_cast<double>(stats.threads));
  MetricFamily limit = MakeFamily(metric::kMemoryLimit, kGauge);
  AddValue(limit, static_cast<double>(sources_.index_bytes_limit),
           {{"scope", "indexes"}});
  AddValue(limit, static_cast<double>(ProcessMemoryLimit()),
           {{"scope", "process"}});
  out.push_back(std::move(limit));
  AddFamily(out, metric::kLinesSuppressed, kCounter,
            static_cast<double>(sources_.log_lines_suppressed()));
  const auto allocator = ReadAllocatorStats();
  if (!allocator.has_value()) return;
  MetricFamily bytes = MakeFamily(metric::kAllocatorBytes, kGauge);
  const std::pair<const char*, std::size_t> states[] = {
      {"allocated", allocator->allocated},
      {"active", allocator->active},
      {"resident", allocator->resident},
      {"mapped", allocator->mapped}};
  for (const auto& [state, size] : states) {
    AddValue(bytes, static_cast<double>(size), {{"state", state}});
  }
  out.push_back(std::move(bytes));
}

}  // namespace mongoose::server
