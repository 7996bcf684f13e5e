#ifndef MONGOOSE_CORE_BASE_ERROR_REASON_H_
#define MONGOOSE_CORE_BASE_ERROR_REASON_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/cord.h"

namespace mongoose {

// A machine-readable reason beside an error's code, for errors that share a
// code but not a cure: "VERSION_GAP", "NO_SNAPSHOT", ...
inline constexpr char kReasonPayload[] = "mongoose/reason";

inline absl::Status WithReason(absl::Status status, std::string_view reason) {
  status.SetPayload(kReasonPayload, absl::Cord(std::string(reason)));
  return status;
}

// Empty when the status has none.
inline std::string ReasonOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kReasonPayload);
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_ERROR_REASON_H_
