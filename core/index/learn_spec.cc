#include "core/index/learn_spec.h"

#include "absl/strings/str_cat.h"
#include "core/base/check_range.h"
#include "core/base/error_reason.h"
#include "core/base/status_macros.h"

namespace mongoose {

absl::Status ValidateLearnSpec(const LearnSpec& spec, const HashSpec& hash) {
  if (spec.mode != LearnMode::kOff && !hash.can_learn()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "learning.mode must be OFF unless the family is PARTITION or "
        "DENSE_GAUSSIAN, got ",
        spec.mode == LearnMode::kAuto ? "AUTO" : "MANUAL"));
  }
  if (spec.loss != DirectionLoss::kTriplet &&
      hash.family != HashFamily::kDenseGaussian) {
    return absl::InvalidArgumentError(
        "learning.loss must be TRIPLET unless the family is DENSE_GAUSSIAN, "
        "got PAIRWISE");
  }
  return ValidateLearnShares(spec);
}

absl::Status ValidateLearnShares(const LearnSpec& spec) {
  RETURN_IF_ERROR(
      CheckShare("learning.sample_share", spec.sample_share, false));
  RETURN_IF_ERROR(CheckShare("learning.min_gain", spec.min_gain, true));
  return CheckShare("learning.max_load", spec.max_load, false);
}

absl::Status LearningIsOff(const std::string& index) {
  return WithReason(absl::FailedPreconditionError(absl::StrCat(
                        "index \"", index, "\" has learning.mode OFF")),
                    "LEARNING_OFF");
}

}  // namespace mongoose
