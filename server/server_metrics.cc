#include "server/server_metrics.h"

#include <utility>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace mongoose::server {
namespace {

constexpr char kService[] = "mongoose.v1.IndexService";

// 50 us doubled up to 13 s.
prometheus::Histogram::BucketBoundaries SecondsBuckets() {
  prometheus::Histogram::BucketBoundaries bounds;
  for (double bound = 50e-6; bounds.size() < 19; bound *= 2) {
    bounds.push_back(bound);
  }
  return bounds;
}

std::string TypeName(RpcType type) {
  switch (type) {
    case RpcType::kUnary:
      return "unary";
    case RpcType::kClientStream:
      return "client_stream";
    case RpcType::kBidiStream:
      return "bidi_stream";
  }
  return "unknown";
}

// "InvalidArgument" for INVALID_ARGUMENT, as grpc-prometheus names codes.
std::string CodeName(absl::StatusCode code) {
  const std::string upper = absl::StatusCodeToString(code);
  if (upper == "OK") return upper;
  std::string name;
  bool starts_word = true;
  for (const char c : upper) {
    if (c != '_') {
      name += starts_word ? c : static_cast<char>(c - 'A' + 'a');
    }
    starts_word = c == '_';
  }
  return name;
}

prometheus::Counter& AddCounter(prometheus::Registry& registry,
                                const std::string& name,
                                const std::string& help,
                                const prometheus::Labels& labels = {}) {
  return prometheus::BuildCounter()
      .Name(name)
      .Help(help)
      .Register(registry)
      .Add(labels);
}

prometheus::Histogram& AddSeconds(prometheus::Registry& registry,
                                  const std::string& name,
                                  const std::string& help,
                                  const prometheus::Labels& labels = {}) {
  return prometheus::BuildHistogram()
      .Name(name)
      .Help(help)
      .Register(registry)
      .Add(labels, SecondsBuckets());
}

prometheus::Histogram& AddStage(prometheus::Registry& registry,
                                const std::string& stage) {
  return AddSeconds(
      registry, "mongoose_query_stage_seconds",
      "Time of a query batch by stage, summed over threads; queue: of any call",
      {{"stage", stage}});
}

// What is shown of each index.
struct Series {
  const char* name;
  const char* help;
  prometheus::MetricType type;
  double (*value)(const IndexStatus&);
  bool of_attention = false;  // shown of attention indexes too
};
using Status = const IndexStatus&;
constexpr auto kGauge = prometheus::MetricType::Gauge;
constexpr auto kCounter = prometheus::MetricType::Counter;
constexpr Series kIndexSeries[] = {
    {"mongoose_index_version", "Published snapshots", kGauge,
     [](Status s) { return static_cast<double>(s.state.index_version); },
     /*of_attention=*/true},
    {"mongoose_index_staleness_ratio", "Predicted staleness, calibrated",
     kGauge, [](Status s) { return static_cast<double>(s.state.staleness); }},
    {"mongoose_index_sampled_staleness_ratio",
     "Staleness measured on the last sample", kGauge,
     [](Status s) { return static_cast<double>(s.rehash.sampled_staleness); }},
    {"mongoose_index_rows_set", "Rows set at least once", kGauge,
     [](Status s) { return static_cast<double>(s.replica.rows_set); }},
    {"mongoose_index_dirty_rows", "Rows stale beyond the row threshold", kGauge,
     [](Status s) { return static_cast<double>(s.replica.dirty_rows); }},
    {"mongoose_index_memory_bytes", "Replica, codes, tables and drift", kGauge,
     [](Status s) { return static_cast<double>(s.memory_bytes); },
     /*of_attention=*/true},
    {"mongoose_index_hot_rows", "Rows in the hot list", kGauge,
     [](Status s) { return static_cast<double>(s.hot_rows); }},
    {"mongoose_recall_at_10_ratio",
     "Live recall of the exact top 10, mean of recent probes", kGauge,
     [](Status s) { return s.recall.recall; }},
    {"mongoose_recall_probes_total", "Queries searched exactly", kCounter,
     [](Status s) { return static_cast<double>(s.recall.samples); }},
    {"mongoose_update_chunks_total", "Update chunks applied", kCounter,
     [](Status s) { return static_cast<double>(s.replica.applied_sequence); }},
    {"mongoose_update_rows_total", "Row changes applied", kCounter,
     [](Status s) { return static_cast<double>(s.replica.rows_updated); }},
    {"mongoose_update_lag_chunks", "Chunks applied but not yet hashed", kGauge,
     [](Status s) {
       return static_cast<double>(s.state.applied_sequence -
                                  s.state.hashed_sequence);
     }},
    {"mongoose_training_steps_total", "Training steps seen", kCounter,
     [](Status s) { return static_cast<double>(s.replica.steps); }},
    {"mongoose_rehashed_rows_total", "Row hashes computed for snapshots",
     kCounter,
     [](Status s) { return static_cast<double>(s.rehash.rows_rehashed); }},
    {"mongoose_copied_rows_total",
     "Rows whose values the cells took without hashing them", kCounter,
     [](Status s) { return static_cast<double>(s.rehash.rows_copied); }},
    {"mongoose_rebuilds_total", "Snapshots that re-hashed every row", kCounter,
     [](Status s) { return static_cast<double>(s.rehash.rebuilds); }},
    {"mongoose_partial_rehashes_total", "Snapshots that re-hashed some rows",
     kCounter,
     [](Status s) { return static_cast<double>(s.rehash.partial_rehashes); }},
    {"mongoose_rebuild_failures_total", "Rebuilds that failed", kCounter,
     [](Status s) { return static_cast<double>(s.rehash.failed_rebuilds); }},
    {"mongoose_learn_queries", "Queries kept to learn from", kGauge,
     [](Status s) { return static_cast<double>(s.learning.training_queries); },
     /*of_attention=*/true},
    {"mongoose_learn_adopted_total", "Learned functions published", kCounter,
     [](Status s) { return static_cast<double>(s.learning.adopted); },
     /*of_attention=*/true},
    {"mongoose_learn_refused_total", "Learned functions dropped", kCounter,
     [](Status s) { return static_cast<double>(s.learning.refused); },
     /*of_attention=*/true},
    {"mongoose_learn_dropped_total",
     "Adopted functions given up for the anchors alone", kCounter,
     [](Status s) { return static_cast<double>(s.learning.dropped); }},
    {"mongoose_learn_seconds_total", "Time spent on learning and judging",
     kCounter, [](Status s) { return s.learning.seconds; },
     /*of_attention=*/true},
    {"mongoose_gate_current_recall_ratio",
     "Recall of the functions in use when the newest candidate was judged",
     kGauge, [](Status s) { return s.learning.last.current.all; },
     /*of_attention=*/true},
    {"mongoose_gate_candidate_recall_ratio", "Recall of the newest candidate",
     kGauge, [](Status s) { return s.learning.last.candidate.all; },
     /*of_attention=*/true},
    {"mongoose_gate_hot_list_recall_ratio",
     "Recall of a static list of equally many rows then", kGauge,
     [](Status s) { return s.learning.last.hot_list.all; },
     /*of_attention=*/true},
    {"mongoose_gate_current_rare_recall_ratio",
     "The same of the functions in use, without hub rows", kGauge,
     [](Status s) { return s.learning.last.current.without_hubs; }},
    {"mongoose_gate_candidate_rare_recall_ratio",
     "The same of the candidate, without hub rows", kGauge,
     [](Status s) { return s.learning.last.candidate.without_hubs; }},
    {"mongoose_rebuild_seconds_total",
     "Time spent re-hashing and building tables", kCounter,
     [](Status s) { return s.rehash.rebuild_seconds; }},
};

bool IsAttention(const AnyIndex& index) {
  return std::holds_alternative<std::shared_ptr<AttentionIndex>>(index);
}

// Must follow QueryStage.
constexpr const char* kStageNames[kNumQueryStages] = {"hash", "propose", "cut",
                                                      "rerank", "compose"};

}  // namespace

RpcMetrics::RpcMetrics(prometheus::Registry& registry,
                       const std::string& method, RpcType type)
    : method_(method),
      type_(TypeName(type)),
      started_(AddCounter(registry, "grpc_server_started_total", "RPCs started",
                          {{"grpc_type", type_},
                           {"grpc_service", kService},
                           {"grpc_method", method}})),
      received_(AddCounter(registry, "grpc_server_msg_received_total",
                           "Messages received",
                           {{"grpc_type", type_},
                            {"grpc_service", kService},
                            {"grpc_method", method}})),
      received_bytes_(AddCounter(registry, "mongoose_received_bytes_total",
                                 "Bytes of messages received",
                                 {{"grpc_method", method}})),
      sent_(AddCounter(registry, "grpc_server_msg_sent_total", "Messages sent",
                       {{"grpc_type", type_},
                        {"grpc_service", kService},
                        {"grpc_method", method}})),
      sent_bytes_(AddCounter(registry, "mongoose_sent_bytes_total",
                             "Bytes of messages sent",
                             {{"grpc_method", method}})),
      seconds_(AddSeconds(registry, "grpc_server_handling_seconds",
                          "Time from the start of an RPC to its end",
                          {{"grpc_type", type_},
                           {"grpc_service", kService},
                           {"grpc_method", method}})),
      handled_(prometheus::BuildCounter()
                   .Name("grpc_server_handled_total")
                   .Help("RPCs ended, by status code")
                   .Register(registry)) {}

void RpcMetrics::MessageReceived(std::size_t bytes) {
  received_.Increment();
  received_bytes_.Increment(static_cast<double>(bytes));
}

void RpcMetrics::MessageSent(std::size_t bytes) {
  sent_.Increment();
  sent_bytes_.Increment(static_cast<double>(bytes));
}

void RpcMetrics::CallHandled(absl::StatusCode code, double seconds) {
  handled_
      .Add({{"grpc_type", type_},
            {"grpc_service", kService},
            {"grpc_method", method_},
            {"grpc_code", CodeName(code)}})
      .Increment();
  seconds_.Observe(seconds);
}

// Reads indexes and queues when metrics are collected.
class ServerMetrics::StateCollector final : public prometheus::Collectable {
 public:
  StateCollector(const IndexCatalog& catalog,
                 std::vector<const TaskQueue*> queues,
                 const WaitingRoom& waiting)
      : catalog_(catalog), queues_(std::move(queues)), waiting_(waiting) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    std::vector<prometheus::MetricFamily> out;
    CollectQueues(out);
    CollectIndexes(out);
    return out;
  }

 private:
  static void AddValue(prometheus::MetricFamily& family,
                       const std::string& label, const std::string& name,
                       double value) {
    prometheus::ClientMetric metric;
    metric.label = {{label, name}};
    if (family.type == prometheus::MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
    family.metric.push_back(std::move(metric));
  }

  void CollectQueues(std::vector<prometheus::MetricFamily>& out) const {
    prometheus::MetricFamily length{.name = "mongoose_queue_length",
                                    .help = "Calls waiting for a thread",
                                    .type = prometheus::MetricType::Gauge,
                                    .metric = {}};
    prometheus::MetricFamily limit{.name = "mongoose_queue_limit",
                                   .help = "Calls that may wait",
                                   .type = prometheus::MetricType::Gauge,
                                   .metric = {}};
    for (const TaskQueue* queue : queues_) {
      AddValue(length, "queue", queue->name(),
               static_cast<double>(queue->length()));
      AddValue(limit, "queue", queue->name(),
               static_cast<double>(queue->capacity()));
    }
    AddValue(length, "queue", "rows", static_cast<double>(waiting_.length()));
    AddValue(limit, "queue", "rows", static_cast<double>(waiting_.capacity()));
    out.push_back(std::move(length));
    out.push_back(std::move(limit));
  }

  void CollectIndexes(std::vector<prometheus::MetricFamily>& out) const {
    // Labels are bounded by limits.max_indexes.
    constexpr std::size_t kAll = 10000;
    std::vector<std::pair<AnyIndex, IndexStatus>> statuses;
    for (const AnyIndex& any : catalog_.List("", kAll)) {
      statuses.emplace_back(
          any,
          std::visit([](const auto& index) { return index->status(); }, any));
    }
    for (const Series& series : kIndexSeries) {
      prometheus::MetricFamily family{.name = series.name,
                                      .help = series.help,
                                      .type = series.type,
                                      .metric = {}};
      for (const auto& [index, status] : statuses) {
        if (IsAttention(index) && !series.of_attention) continue;
        AddValue(family, "index", NameOf(index), series.value(status));
      }
      out.push_back(std::move(family));
    }
  }

  const IndexCatalog& catalog_;
  const std::vector<const TaskQueue*> queues_;
  const WaitingRoom& waiting_;
};

ServerMetrics::ServerMetrics(const IndexCatalog& catalog,
                             std::vector<const TaskQueue*> queues,
                             const WaitingRoom& waiting)
    : state_(std::make_unique<StateCollector>(catalog, std::move(queues),
                                              waiting)),
      queue_seconds_(AddStage(registry_, "queue")),
      encode_seconds_(AddStage(registry_, "encode")),
      queries_(AddCounter(registry_, "mongoose_queries_total",
                          "Query vectors answered")),
      candidates_(AddCounter(
          registry_, "mongoose_candidates_total",
          "Rows proposed by tables or scored in cells, summed over queries")),
      active_rows_(AddCounter(registry_, "mongoose_active_rows_total",
                              "Rows returned, summed over queries")) {
  for (std::size_t stage = 0; stage < kNumQueryStages; ++stage) {
    stage_seconds_[stage] = &AddStage(registry_, kStageNames[stage]);
  }
  prometheus::BuildGauge()
      .Name("mongoose_build_info")
      .Help("1; labels describe the binary")
      .Register(registry_)
      .Add({{"version", MONGOOSE_VERSION}, {"backend", "cpu"}})
      .Set(1);
}

ServerMetrics::~ServerMetrics() = default;

void ServerMetrics::ObserveQueue(double seconds) {
  queue_seconds_.Observe(seconds);
}

void ServerMetrics::ObserveQuery(std::size_t batch, const ActiveSets& sets,
                                 double encode_seconds) {
  queries_.Increment(static_cast<double>(batch));
  candidates_.Increment(static_cast<double>(sets.num_candidates));
  active_rows_.Increment(static_cast<double>(sets.ids.size()));
  for (std::size_t stage = 0; stage < kNumQueryStages; ++stage) {
    stage_seconds_[stage]->Observe(sets.stage_seconds[stage]);
  }
  encode_seconds_.Observe(encode_seconds);
}

std::string ServerMetrics::Serialize() const {
  std::vector<prometheus::MetricFamily> families = registry_.Collect();
  for (auto& family : state_->Collect()) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace mongoose::server
