#include "core/schedule/retrain_rule.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace mongoose {
namespace {

// Recall that may be lost before functions are learned again.
constexpr double kLostRecall = 0.01;
constexpr std::size_t kMaxDoublings = 6;

bool HasEnough(const LearnPulse& pulse) {
  return pulse.training >= pulse.least_training &&
         pulse.held_back >= pulse.least_held_back;
}

// Queries to wait for after so many refusals in a row.
std::size_t Patience(const LearnPulse& pulse) {
  return pulse.least_held_back << std::min(pulse.refusals, kMaxDoublings);
}

}  // namespace

std::string ReasonToLearn(const LearnPulse& pulse) {
  if (!HasEnough(pulse)) return {};
  if (pulse.decisions == 0) {
    return absl::StrCat(pulse.training, " queries to learn from");
  }
  if (pulse.dropped) return "what was learned has been dropped";
  if (pulse.new_queries < pulse.least_held_back) return {};
  if (pulse.recall < pulse.recall_then - kLostRecall) {
    return absl::StrCat("recall fell from ", pulse.recall_then, " to ",
                        pulse.recall);
  }
  if (4 * pulse.training >= 5 * pulse.training_then) {
    return absl::StrCat(pulse.training, " queries to learn from, ",
                        pulse.training_then, " before");
  }
  if (pulse.refusals > 0 && pulse.new_queries >= Patience(pulse)) {
    return absl::StrCat(pulse.new_queries, " queries since the last refusal");
  }
  return {};
}

}  // namespace mongoose
