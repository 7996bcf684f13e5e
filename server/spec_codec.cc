#include "server/spec_codec.h"

#include <algorithm>
#include <cstdint>
#include <variant>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/learn_codec.h"

namespace mongoose::server {
namespace {

std::uint32_t Narrow(std::size_t value) {
  return static_cast<std::uint32_t>(value);
}

absl::StatusOr<HashFamily> DecodeFamily(v1::HashFamily family) {
  switch (family) {
    case v1::HASH_FAMILY_ORTHOGONAL:
      return HashFamily::kOrthogonal;
    case v1::HASH_FAMILY_DENSE_GAUSSIAN:
      return HashFamily::kDenseGaussian;
    case v1::HASH_FAMILY_DENSE_SIGN:
      return HashFamily::kDenseSign;
    case v1::HASH_FAMILY_DENSIFIED_WTA:
      return HashFamily::kDensifiedWta;
    case v1::HASH_FAMILY_UNSPECIFIED:
    case v1::HASH_FAMILY_PARTITION:
      return HashFamily::kPartition;
    default:
      return UnknownSpecValue("hash.family", family);
  }
}

v1::HashFamily EncodeFamily(HashFamily family) {
  switch (family) {
    case HashFamily::kOrthogonal:
      return v1::HASH_FAMILY_ORTHOGONAL;
    case HashFamily::kDenseGaussian:
      return v1::HASH_FAMILY_DENSE_GAUSSIAN;
    case HashFamily::kDenseSign:
      return v1::HASH_FAMILY_DENSE_SIGN;
    case HashFamily::kDensifiedWta:
      return v1::HASH_FAMILY_DENSIFIED_WTA;
    case HashFamily::kPartition:
      return v1::HASH_FAMILY_PARTITION;
  }
  return v1::HASH_FAMILY_UNSPECIFIED;
}

absl::StatusOr<NumericProfile> DecodeProfile(v1::NumericProfile profile,
                                             HashFamily family) {
  switch (profile) {
    case v1::NUMERIC_PROFILE_UNSPECIFIED:
      return family == HashFamily::kDensifiedWta ? NumericProfile::kFloat32
                                                 : NumericProfile::kInt8;
    case v1::NUMERIC_PROFILE_FLOAT32:
      return NumericProfile::kFloat32;
    case v1::NUMERIC_PROFILE_INT8:
      return NumericProfile::kInt8;
    default:
      return UnknownSpecValue("hash.profile", profile);
  }
}

// Fills in what suits the family.
void SetDefaultShape(std::size_t num_rows, HashSpec& hash) {
  switch (hash.family) {
    case HashFamily::kPartition:
      hash.bits_per_table = DefaultPartitionBits(num_rows);
      hash.num_tables = 1;
      return;
    case HashFamily::kDensifiedWta:
      hash.bits_per_table = 9;
      hash.num_tables = 50;
      return;
    default:
      hash.bits_per_table = 10;
      hash.num_tables = 50;
  }
}

absl::StatusOr<HashSpec> DecodeHashSpec(const v1::IndexSpec& spec) {
  const v1::HashSpec& hash = spec.hash();
  HashSpec out{.cols = spec.dim() + (spec.has_bias() ? 1UL : 0UL),
               .seed = hash.seed(),
               .centre = hash.centre(),
               .sketch_bits = hash.sketch_bits()};
  ASSIGN_OR_RETURN(out.family, DecodeFamily(hash.family()));
  ASSIGN_OR_RETURN(out.profile, DecodeProfile(hash.profile(), out.family));
  SetDefaultShape(spec.num_rows(), out);
  if (hash.bits_per_table() != 0) out.bits_per_table = hash.bits_per_table();
  if (hash.num_tables() != 0) out.num_tables = hash.num_tables();
  return out;
}

std::size_t DefaultHotRows(std::size_t num_rows, const HashSpec& hash) {
  constexpr std::size_t kMaxDefault = 65536;
  return std::min(num_rows / (hash.is_partition() ? 400 : 200), kMaxDefault);
}

RehashPolicySpec DecodePolicy(const v1::RehashPolicy& policy,
                              std::size_t num_rows) {
  if (policy.has_every_n()) {
    const std::uint32_t steps = policy.every_n().steps();
    return EveryNSpec{.steps = steps == 0 ? 50 : steps};
  }
  if (policy.has_code_sketch()) {
    const v1::CodeSketchPolicy& sketch = policy.code_sketch();
    CodeSketchSpec out;
    if (sketch.has_max_changed_bits()) {
      out.max_changed_bits = sketch.max_changed_bits();
    }
    if (sketch.sample_rows() != 0) out.sample_rows = sketch.sample_rows();
    if (sketch.check_every_steps() != 0) {
      out.check_every_steps = sketch.check_every_steps();
    }
    return out;
  }
  const v1::DriftThresholdPolicy& drift = policy.drift_threshold();
  DriftThresholdSpec out{.min_batch_rows =
                             std::max<std::size_t>(1, num_rows / 20)};
  if (drift.has_max_row_staleness()) {
    out.max_row_staleness = drift.max_row_staleness();
  }
  if (drift.has_max_index_staleness()) {
    out.max_index_staleness = drift.max_index_staleness();
  }
  if (drift.has_rebuild_share()) out.rebuild_share = drift.rebuild_share();
  if (drift.has_min_batch_rows()) out.min_batch_rows = drift.min_batch_rows();
  if (drift.has_max_cell_drift()) out.max_cell_drift = drift.max_cell_drift();
  return out;
}

void EncodePolicy(const DriftThresholdSpec& spec, v1::RehashPolicy& out) {
  v1::DriftThresholdPolicy& drift = *out.mutable_drift_threshold();
  drift.set_max_row_staleness(spec.max_row_staleness);
  drift.set_max_index_staleness(spec.max_index_staleness);
  drift.set_rebuild_share(spec.rebuild_share);
  drift.set_min_batch_rows(Narrow(spec.min_batch_rows));
  drift.set_max_cell_drift(spec.max_cell_drift);
}
void EncodePolicy(const CodeSketchSpec& spec, v1::RehashPolicy& out) {
  v1::CodeSketchPolicy& sketch = *out.mutable_code_sketch();
  sketch.set_max_changed_bits(spec.max_changed_bits);
  sketch.set_sample_rows(Narrow(spec.sample_rows));
  sketch.set_check_every_steps(Narrow(spec.check_every_steps));
}
void EncodePolicy(const EveryNSpec& spec, v1::RehashPolicy& out) {
  out.mutable_every_n()->set_steps(Narrow(spec.steps));
}

v1::QueryPlan EncodeQueryPlan(const QueryPlan& plan) {
  v1::QueryPlan out;
  out.set_num_active(Narrow(plan.num_active));
  out.set_min_hits(Narrow(plan.min_hits));
  out.set_num_probes(Narrow(plan.num_probes));
  out.set_max_candidates(Narrow(plan.max_candidates));
  out.set_rerank(plan.rerank);
  out.set_num_tail(Narrow(plan.num_tail));
  out.set_use_hot_list(plan.use_hot_list);
  out.set_tail_seed(plan.tail_seed);
  out.set_propose(plan.propose == ProposeFrom::kSketch
                      ? v1::PROPOSE_FROM_SKETCH
                      : v1::PROPOSE_FROM_TABLES);
  return out;
}

// What half of the recall that the plan can reach is.
float DefaultRecallTarget(const QueryPlan& plan) {
  constexpr float kProbed = 10;  // rows that a probe looks for
  return 0.5F * std::min(1.0F, static_cast<float>(plan.num_active) / kProbed);
}

}  // namespace

absl::Status UnknownSpecValue(const char* field, int value) {
  return absl::InvalidArgumentError(
      absl::StrCat("spec.", field, " must be a known value, got ", value));
}

absl::StatusOr<IndexSpec> DecodeIndexSpec(const v1::IndexSpec& spec) {
  if (spec.kind() != v1::INDEX_KIND_UNSPECIFIED &&
      spec.kind() != v1::INDEX_KIND_NEURON) {
    return UnknownSpecValue("kind", spec.kind());
  }
  if (spec.has_attention()) {
    return absl::InvalidArgumentError(
        "spec.attention must not be set of kind NEURON");
  }
  IndexSpec out{
      .name = spec.name(),
      .num_rows = spec.num_rows(),
      .dim = spec.dim(),
      .has_bias = spec.has_bias(),
      .rehash_policy = DecodePolicy(spec.rehash_policy(), spec.num_rows())};
  ASSIGN_OR_RETURN(out.hash, DecodeHashSpec(spec));
  // A hash spec out of range has no default; ValidateIndexSpec refuses it.
  const QueryPlan defaults = ValidateHashSpec(out.hash).ok()
                                 ? DefaultQueryPlan(out.hash, out.num_rows)
                                 : QueryPlan{};
  ASSIGN_OR_RETURN(out.default_plan,
                   DecodeQueryPlan(spec.default_plan(), defaults));
  out.hot_list_rows = spec.has_hot_list_rows()
                          ? spec.hot_list_rows()
                          : DefaultHotRows(spec.num_rows(), out.hash);
  switch (spec.replica_dtype()) {
    case v1::DATA_TYPE_UNSPECIFIED:
    case v1::DATA_TYPE_FP32:
      out.replica_type = RowType::kFloat32;
      break;
    case v1::DATA_TYPE_BF16:
      out.replica_type = RowType::kBfloat16;
      break;
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("spec.replica_dtype must be FP32 or BF16, got ",
                       static_cast<int>(spec.replica_dtype())));
  }
  out.probe_share = spec.has_probe_share() ? spec.probe_share() : 0.001F;
  out.recall_target = spec.has_recall_target()
                          ? spec.recall_target()
                          : DefaultRecallTarget(out.default_plan);
  ASSIGN_OR_RETURN(out.learning,
                   DecodeLearnPolicy(spec.learning(), out.hash.is_partition()
                                                          ? LearnMode::kAuto
                                                          : LearnMode::kOff));
  return out;
}

v1::IndexSpec EncodeIndexSpec(const IndexSpec& spec) {
  v1::IndexSpec out;
  out.set_name(spec.name);
  out.set_kind(v1::INDEX_KIND_NEURON);
  out.set_num_rows(Narrow(spec.num_rows));
  out.set_dim(Narrow(spec.dim));
  out.set_has_bias(spec.has_bias);
  out.set_replica_dtype(spec.replica_type == RowType::kFloat32
                            ? v1::DATA_TYPE_FP32
                            : v1::DATA_TYPE_BF16);
  *out.mutable_hash() = EncodeHashSpec(spec.hash);
  std::visit(
      [&](const auto& policy) {
        EncodePolicy(policy, *out.mutable_rehash_policy());
      },
      spec.rehash_policy);
  *out.mutable_default_plan() = EncodeQueryPlan(spec.default_plan);
  out.set_hot_list_rows(Narrow(spec.hot_list_rows));
  out.set_probe_share(static_cast<float>(spec.probe_share));
  out.set_recall_target(static_cast<float>(spec.recall_target));
  *out.mutable_learning() = EncodeLearnPolicy(spec.learning);
  return out;
}

v1::HashSpec EncodeHashSpec(const HashSpec& hash) {
  v1::HashSpec out;
  out.set_family(EncodeFamily(hash.family));
  out.set_bits_per_table(Narrow(hash.bits_per_table));
  out.set_num_tables(Narrow(hash.num_tables));
  out.set_seed(hash.seed);
  out.set_centre(hash.centre);
  out.set_sketch_bits(Narrow(hash.sketch_bits));
  out.set_profile(hash.profile == NumericProfile::kInt8
                      ? v1::NUMERIC_PROFILE_INT8
                      : v1::NUMERIC_PROFILE_FLOAT32);
  return out;
}

absl::StatusOr<QueryPlan> DecodeQueryPlan(const v1::QueryPlan& plan,
                                          QueryPlan defaults) {
  switch (plan.propose()) {
    case v1::PROPOSE_FROM_UNSPECIFIED:
      break;
    case v1::PROPOSE_FROM_TABLES:
      defaults.propose = ProposeFrom::kTables;
      break;
    case v1::PROPOSE_FROM_SKETCH:
      defaults.propose = ProposeFrom::kSketch;
      break;
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("plan.propose must be TABLES or SKETCH, got ",
                       static_cast<int>(plan.propose())));
  }
  if (plan.has_num_active()) defaults.num_active = plan.num_active();
  if (plan.has_min_hits()) defaults.min_hits = plan.min_hits();
  if (plan.has_num_probes()) defaults.num_probes = plan.num_probes();
  if (plan.has_max_candidates()) {
    defaults.max_candidates = plan.max_candidates();
  }
  if (plan.has_rerank()) defaults.rerank = plan.rerank();
  if (plan.has_num_tail()) defaults.num_tail = plan.num_tail();
  if (plan.has_use_hot_list()) defaults.use_hot_list = plan.use_hot_list();
  if (plan.has_tail_seed()) defaults.tail_seed = plan.tail_seed();
  return defaults;
}

}  // namespace mongoose::server
