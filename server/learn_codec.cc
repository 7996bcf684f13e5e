#include "server/learn_codec.h"

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/spec_codec.h"
#include "server/wire_codec.h"

namespace mongoose::server {
namespace {

v1::LearnMode EncodeLearnMode(LearnMode mode) {
  switch (mode) {
    case LearnMode::kOff:
      return v1::LEARN_MODE_OFF;
    case LearnMode::kManual:
      return v1::LEARN_MODE_MANUAL;
    case LearnMode::kAuto:
      return v1::LEARN_MODE_AUTO;
  }
  return v1::LEARN_MODE_UNSPECIFIED;
}

absl::StatusOr<LearnMode> DecodeLearnMode(v1::LearnMode mode,
                                          LearnMode default_mode) {
  switch (mode) {
    case v1::LEARN_MODE_UNSPECIFIED:
      return default_mode;
    case v1::LEARN_MODE_OFF:
      return LearnMode::kOff;
    case v1::LEARN_MODE_MANUAL:
      return LearnMode::kManual;
    case v1::LEARN_MODE_AUTO:
      return LearnMode::kAuto;
    default:
      return UnknownSpecValue("learning.mode", mode);
  }
}

absl::StatusOr<LearnTarget> DecodeLearnTarget(v1::LearnTarget target) {
  switch (target) {
    case v1::LEARN_TARGET_UNSPECIFIED:
    case v1::LEARN_TARGET_NEIGHBOURS:
      return LearnTarget::kNeighbours;
    case v1::LEARN_TARGET_LABELS:
      return LearnTarget::kLabels;
    default:
      return UnknownSpecValue("learning.target", target);
  }
}

absl::StatusOr<DirectionLoss> DecodeLearnLoss(v1::LearnLoss loss) {
  switch (loss) {
    case v1::LEARN_LOSS_UNSPECIFIED:
    case v1::LEARN_LOSS_TRIPLET:
      return DirectionLoss::kTriplet;
    case v1::LEARN_LOSS_PAIRWISE:
      return DirectionLoss::kPairwise;
    default:
      return UnknownSpecValue("learning.loss", loss);
  }
}

void EncodeRecall(const GateRecall& recall, v1::GateRecall& out) {
  out.set_all(static_cast<float>(recall.all));
  out.set_without_hubs(static_cast<float>(recall.without_hubs));
}

}  // namespace

absl::StatusOr<LearnSpec> DecodeLearnPolicy(const v1::LearnPolicy& policy,
                                            LearnMode default_mode) {
  LearnSpec out;
  ASSIGN_OR_RETURN(out.mode, DecodeLearnMode(policy.mode(), default_mode));
  ASSIGN_OR_RETURN(out.target, DecodeLearnTarget(policy.target()));
  ASSIGN_OR_RETURN(out.loss, DecodeLearnLoss(policy.loss()));
  if (policy.has_sample_share()) out.sample_share = policy.sample_share();
  if (policy.has_min_gain()) out.min_gain = policy.min_gain();
  if (policy.has_max_load()) out.max_load = policy.max_load();
  return out;
}

v1::LearnPolicy EncodeLearnPolicy(const LearnSpec& spec) {
  v1::LearnPolicy out;
  out.set_mode(EncodeLearnMode(spec.mode));
  out.set_target(spec.target == LearnTarget::kNeighbours
                     ? v1::LEARN_TARGET_NEIGHBOURS
                     : v1::LEARN_TARGET_LABELS);
  out.set_loss(spec.loss == DirectionLoss::kTriplet ? v1::LEARN_LOSS_TRIPLET
                                                    : v1::LEARN_LOSS_PAIRWISE);
  out.set_sample_share(spec.sample_share);
  out.set_min_gain(spec.min_gain);
  out.set_max_load(spec.max_load);
  return out;
}

void EncodeLearnStatus(const LearnCounts& counts, v1::LearnStatus& out) {
  out.set_training_queries(counts.training_queries);
  out.set_held_back_queries(counts.held_back_queries);
  out.set_adopted(counts.adopted);
  out.set_refused(counts.refused);
  out.set_dropped(counts.dropped);
  out.set_seconds(counts.seconds);
  out.set_last_trigger(counts.last_trigger);
  out.set_last_verdict(counts.last.reason);
  EncodeRecall(counts.last.current, *out.mutable_current());
  EncodeRecall(counts.last.candidate, *out.mutable_candidate());
  EncodeRecall(counts.last.hot_list, *out.mutable_hot_list());
  out.set_rows_read(counts.last.rows);
}

void EncodeVerdict(const GateVerdict& verdict, v1::LearnHashResponse& out) {
  out.set_adopted(verdict.adopt);
  out.set_reason(verdict.reason);
  EncodeRecall(verdict.current, *out.mutable_current());
  EncodeRecall(verdict.candidate, *out.mutable_candidate());
  EncodeRecall(verdict.hot_list, *out.mutable_hot_list());
}

absl::Status CheckSameIndex(const v1::LearnHashRequest& chunk,
                            const std::string& name) {
  if (chunk.index() == name) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("index must be the same in every chunk, got \"",
                   chunk.index(), "\" after \"", name, "\""));
}

absl::Status AppendPairs(const v1::LearnHashRequest& chunk,
                         const IndexSpec& spec, std::vector<float>& queries,
                         std::vector<RowId>& rows) {
  if (chunk.has_sequences()) {
    return absl::InvalidArgumentError(
        "sequences must not be set of kind NEURON");
  }
  ASSIGN_OR_RETURN(const WireMatrix values,
                   DecodeMatrix(chunk.queries(), "queries", spec.has_bias));
  ASSIGN_OR_RETURN(const std::vector<RowId> ids,
                   DecodeUint32s(chunk.row_ids(), "row_ids"));
  if (values.rows() != ids.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("row_ids must have queries.rows = ", values.rows(),
                     " values, got ", ids.size()));
  }
  const auto view = values.view();
  if (view.rows() > 0 && view.cols() != spec.hash.cols) {
    return absl::InvalidArgumentError(absl::StrCat(
        "queries.cols must be ", spec.dim, ", got ", chunk.queries().cols()));
  }
  queries.insert(queries.end(), view.data().begin(), view.data().end());
  rows.insert(rows.end(), ids.begin(), ids.end());
  return absl::OkStatus();
}

}  // namespace mongoose::server
