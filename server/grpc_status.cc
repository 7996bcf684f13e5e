#include "server/grpc_status.h"

#include <string>

#include "core/base/error_reason.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace mongoose::server {
namespace {

// For errors whose code says enough.
std::string DefaultReason(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return "INVALID_FIELD";
    case absl::StatusCode::kOutOfRange:
      return "ID_OUT_OF_RANGE";
    case absl::StatusCode::kNotFound:
      return "INDEX_NOT_FOUND";
    case absl::StatusCode::kAlreadyExists:
      return "INDEX_EXISTS";
    default:
      return absl::StatusCodeToString(code);
  }
}

bool NamesField(absl::StatusCode code) {
  return code == absl::StatusCode::kInvalidArgument ||
         code == absl::StatusCode::kOutOfRange;
}

bool IsWorthRetrying(absl::StatusCode code, const std::string& reason) {
  return code == absl::StatusCode::kUnavailable || reason == "QUEUE_FULL";
}

google::rpc::Status WithDetails(const absl::Status& status) {
  google::rpc::Status out;
  out.set_code(static_cast<int>(status.code()));
  out.set_message(std::string(status.message()));
  const std::string reason = ReasonOf(status);
  google::rpc::ErrorInfo info;
  info.set_domain("mongoose");
  info.set_reason(reason.empty() ? DefaultReason(status.code()) : reason);
  out.add_details()->PackFrom(info);
  const std::size_t rule = out.message().find(" must ");
  if (NamesField(status.code()) && rule != std::string::npos) {
    google::rpc::BadRequest request;
    auto* violation = request.add_field_violations();
    violation->set_field(out.message().substr(0, rule));
    violation->set_description(out.message());
    out.add_details()->PackFrom(request);
  }
  if (IsWorthRetrying(status.code(), info.reason())) {
    constexpr int kRetryNanos = 100'000'000;
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_nanos(kRetryNanos);
    out.add_details()->PackFrom(retry);
  }
  return out;
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  // absl's canonical codes are gRPC's.
  return {static_cast<grpc::StatusCode>(status.code()),
          std::string(status.message()),
          WithDetails(status).SerializeAsString()};
}

}  // namespace mongoose::server
