#include "server/rpc_metrics.h"

#include "server/metric_names.h"
#include "server/registered_series.h"

namespace mongoose::server {
namespace {

constexpr char kService[] = "mongoose.v1.IndexService";

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

}  // namespace

RpcMetrics::RpcMetrics(prometheus::Registry& registry,
                       const std::string& method, RpcType type)
    : method_(method),
      labels_{{"grpc_type", TypeName(type)},
              {"grpc_service", kService},
              {"grpc_method", method}},
      started_(AddCounter(registry, metric::kRpcStarted, labels_)),
      received_(AddCounter(registry, metric::kMessagesReceived, labels_)),
      received_bytes_(AddCounter(registry, metric::kBytesReceived,
                                 {{"grpc_method", method}})),
      sent_(AddCounter(registry, metric::kMessagesSent, labels_)),
      sent_bytes_(
          AddCounter(registry, metric::kBytesSent, {{"grpc_method", method}})),
      seconds_(AddSeconds(registry, metric::kRpcSeconds, labels_)),
      handled_(prometheus::BuildCounter()
                   .Name(metric::kRpcHandled.name)
                   .Help(metric::kRpcHandled.help)
                   .Register(registry)) {
  // A failure that makes its series is none to rate(): it starts at 1.
  for (const absl::StatusCode code :
       {absl::StatusCode::kOk, absl::StatusCode::kInternal,
        absl::StatusCode::kUnknown, absl::StatusCode::kDataLoss,
        absl::StatusCode::kUnavailable, absl::StatusCode::kResourceExhausted,
        absl::StatusCode::kDeadlineExceeded}) {
    CallCounter(code);
  }
}

void RpcMetrics::MessageReceived(std::size_t bytes) {
  received_.Increment();
  received_bytes_.Increment(static_cast<double>(bytes));
}

void RpcMetrics::MessageSent(std::size_t bytes) {
  sent_.Increment();
  sent_bytes_.Increment(static_cast<double>(bytes));
}

prometheus::Counter& RpcMetrics::CallCounter(absl::StatusCode code) {
  prometheus::Labels labels = labels_;
  labels["grpc_code"] = CodeName(code);
  return handled_.Add(labels);
}

void RpcMetrics::CallHandled(absl::StatusCode code, double seconds) {
  CallCounter(code).Increment();
  seconds_.Observe(seconds);
}

}  // namespace mongoose::server
