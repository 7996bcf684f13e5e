#include "core/schedule/rehash_policy.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/base/check_range.h"
#include "core/base/status_macros.h"

namespace mongoose {
namespace {

absl::Status CheckPositive(std::string_view field, std::uint64_t value) {
  if (value > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "rehash_policy.", std::string(field), " must be > 0, got 0"));
}

class DriftThresholdPolicy final : public RehashPolicy {
 public:
  explicit DriftThresholdPolicy(const DriftThresholdSpec& spec) : spec_(spec) {}

  RehashDecision Decide(const IndexPulse& pulse) const override {
    if (pulse.dirty_rows == 0) return {};
    const auto share =
        static_cast<float>(pulse.far_rows) / static_cast<float>(pulse.num_rows);
    if (share >= spec_.rebuild_share) {
      return {RehashAction::kRebuild,
              absl::StrCat("share of rows to hash ", share,
                           " >= ", spec_.rebuild_share)};
    }
    if (pulse.dirty_rows >= spec_.min_batch_rows) {
      return {RehashAction::kRehashRows,
              absl::StrCat(pulse.dirty_rows,
                           " dirty rows >= ", spec_.min_batch_rows)};
    }
    if (pulse.staleness > spec_.max_index_staleness) {
      return {RehashAction::kRehashRows,
              absl::StrCat("staleness ", pulse.staleness, " > ",
                           spec_.max_index_staleness)};
    }
    return {};
  }
  float row_threshold() const override { return spec_.max_row_staleness; }
  float hash_threshold() const override { return spec_.max_cell_drift; }

 private:
  DriftThresholdSpec spec_;
};

class CodeSketchPolicy final : public RehashPolicy {
 public:
  explicit CodeSketchPolicy(const CodeSketchSpec& spec) : spec_(spec) {}

  RehashDecision Decide(const IndexPulse& pulse) const override {
    if (pulse.sketch_changed_bits <= spec_.max_changed_bits) return {};
    return {RehashAction::kRebuild,
            absl::StrCat("changed bits ", pulse.sketch_changed_bits, " > ",
                         spec_.max_changed_bits)};
  }
  SketchNeed sketch_need() const override {
    return {spec_.sample_rows, spec_.check_every_steps};
  }

 private:
  CodeSketchSpec spec_;
};

class EveryNPolicy final : public RehashPolicy {
 public:
  explicit EveryNPolicy(const EveryNSpec& spec) : spec_(spec) {}

  RehashDecision Decide(const IndexPulse& pulse) const override {
    if (pulse.steps_since_rebuild < spec_.steps) return {};
    return {RehashAction::kRebuild,
            absl::StrCat(pulse.steps_since_rebuild, " steps >= ", spec_.steps)};
  }

 private:
  EveryNSpec spec_;
};

absl::Status Validate(const DriftThresholdSpec& spec) {
  RETURN_IF_ERROR(CheckShare("rehash_policy.drift_threshold.max_row_staleness",
                             spec.max_row_staleness, /*zero_ok=*/true));
  RETURN_IF_ERROR(
      CheckShare("rehash_policy.drift_threshold.max_index_staleness",
                 spec.max_index_staleness, /*zero_ok=*/true));
  RETURN_IF_ERROR(CheckShare("rehash_policy.drift_threshold.rebuild_share",
                             spec.rebuild_share, /*zero_ok=*/false));
  if (!(spec.max_cell_drift >= 0) || !std::isfinite(spec.max_cell_drift)) {
    return absl::InvalidArgumentError(
        absl::StrCat("rehash_policy.drift_threshold.max_cell_drift must be "
                     ">= 0 and finite, got ",
                     spec.max_cell_drift));
  }
  return CheckPositive("drift_threshold.min_batch_rows", spec.min_batch_rows);
}

absl::Status Validate(const CodeSketchSpec& spec) {
  RETURN_IF_ERROR(CheckShare("rehash_policy.code_sketch.max_changed_bits",
                             spec.max_changed_bits, /*zero_ok=*/true));
  RETURN_IF_ERROR(CheckPositive("code_sketch.sample_rows", spec.sample_rows));
  return CheckPositive("code_sketch.check_every_steps", spec.check_every_steps);
}

absl::Status Validate(const EveryNSpec& spec) {
  return CheckPositive("every_n.steps", spec.steps);
}

std::unique_ptr<const RehashPolicy> Make(const DriftThresholdSpec& spec) {
  return std::make_unique<DriftThresholdPolicy>(spec);
}
std::unique_ptr<const RehashPolicy> Make(const CodeSketchSpec& spec) {
  return std::make_unique<CodeSketchPolicy>(spec);
}
std::unique_ptr<const RehashPolicy> Make(const EveryNSpec& spec) {
  return std::make_unique<EveryNPolicy>(spec);
}

}  // namespace

std::string_view RehashActionName(RehashAction action) {
  switch (action) {
    case RehashAction::kKeep:
      return "keep";
    case RehashAction::kRehashRows:
      return "rehash_rows";
    case RehashAction::kRebuild:
      return "rebuild";
    case RehashAction::kLearn:
      return "learn";
  }
  return "unknown";
}

absl::Status ValidateRehashPolicy(const RehashPolicySpec& spec) {
  return std::visit([](const auto& policy) { return Validate(policy); }, spec);
}

std::unique_ptr<const RehashPolicy> CreateRehashPolicy(
    const RehashPolicySpec& spec) {
  return std::visit([](const auto& policy) { return Make(policy); }, spec);
}

}  // namespace mongoose
