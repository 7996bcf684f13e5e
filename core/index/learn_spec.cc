#include "core/index/learn_spec.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace mongoose {
namespace {

absl::Status CheckShare(std::string_view field, double value, bool zero_ok) {
  if (value <= 1 && (value > 0 || (zero_ok && value == 0))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("learning.", std::string(field), " must be in ",
                   zero_ok ? "[" : "(", "0, 1], got ", value));
}

}  // namespace

absl::Status ValidateLearnSpec(const LearnSpec& spec, const HashSpec& hash) {
  if (spec.mode != LearnMode::kOff && !hash.is_partition()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "learning.mode must be OFF unless the family is PARTITION, got ",
        spec.mode == LearnMode::kAuto ? "AUTO" : "MANUAL"));
  }
  RETURN_IF_ERROR(CheckShare("sample_share", spec.sample_share, false));
  RETURN_IF_ERROR(CheckShare("min_gain", spec.min_gain, true));
  return CheckShare("max_load", spec.max_load, false);
}

}  // namespace mongoose
