#include "server/bucket_codec.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/learn_codec.h"

namespace mongoose::server {
namespace {

// InvalidArgument when a field of neuron indexes is set.
absl::Status CheckNothingOfNeurons(const v1::IndexSpec& spec) {
  const std::pair<const char*, bool> fields[] = {
      {"num_rows", spec.num_rows() != 0},
      {"has_bias", spec.has_bias()},
      {"replica_dtype", spec.replica_dtype() != v1::DATA_TYPE_UNSPECIFIED},
      {"hash", spec.has_hash()},
      {"rehash_policy", spec.has_rehash_policy()},
      {"default_plan", spec.has_default_plan()},
      {"hot_list_rows", spec.has_hot_list_rows()},
      {"probe_share", spec.has_probe_share()},
      {"recall_target", spec.has_recall_target()},
  };
  for (const auto& [name, is_set] : fields) {
    if (!is_set) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("spec.", name, " must not be set of kind ATTENTION"));
  }
  return absl::OkStatus();
}

std::size_t OrDefault(std::uint32_t value, std::size_t fallback) {
  return value == 0 ? fallback : value;
}

}  // namespace

absl::StatusOr<AttentionSpec> DecodeAttentionSpec(const v1::IndexSpec& spec) {
  RETURN_IF_ERROR(CheckNothingOfNeurons(spec));
  const v1::AttentionSpec& attention = spec.attention();
  if (spec.learning().target() != v1::LEARN_TARGET_UNSPECIFIED) {
    return absl::InvalidArgumentError(
        "spec.learning.target must not be set of kind ATTENTION");
  }
  if (spec.learning().loss() != v1::LEARN_LOSS_UNSPECIFIED) {
    return absl::InvalidArgumentError(
        "spec.learning.loss must not be set of kind ATTENTION");
  }
  ASSIGN_OR_RETURN(const LearnSpec learning,
                   DecodeLearnPolicy(spec.learning(), LearnMode::kManual));
  return AttentionSpec{
      .name = spec.name(),
      .shape = {.dim = spec.dim(),
                .num_rounds = OrDefault(attention.num_rounds(), 1),
                .max_buckets = OrDefault(attention.max_buckets(), 512)},
      .bucket_size = OrDefault(attention.bucket_size(), 64),
      .seed = attention.seed(),
      .causal = attention.causal(),
      .learning = learning};
}

v1::IndexSpec EncodeAttentionSpec(const AttentionSpec& spec) {
  v1::IndexSpec out;
  out.set_name(spec.name);
  out.set_kind(v1::INDEX_KIND_ATTENTION);
  out.set_dim(static_cast<std::uint32_t>(spec.shape.dim));
  v1::AttentionSpec& attention = *out.mutable_attention();
  attention.set_num_rounds(static_cast<std::uint32_t>(spec.shape.num_rounds));
  attention.set_max_buckets(static_cast<std::uint32_t>(spec.shape.max_buckets));
  attention.set_bucket_size(static_cast<std::uint32_t>(spec.bucket_size));
  attention.set_seed(spec.seed);
  attention.set_causal(spec.causal);
  *out.mutable_learning() = EncodeLearnPolicy(spec.learning);
  out.mutable_learning()->clear_target();
  out.mutable_learning()->clear_loss();
  return out;
}

absl::StatusOr<DecodedSequences> DecodeSequences(const v1::Sequences& sequences,
                                                 std::string_view field) {
  const std::string name(field);
  DecodedSequences out;
  ASSIGN_OR_RETURN(out.vectors,
                   DecodeMatrix(sequences.vectors(), name + ".vectors",
                                /*append_one=*/false));
  ASSIGN_OR_RETURN(out.earlier, DecodeUint16s(sequences.earlier_buckets(),
                                              name + ".earlier_buckets"));
  if (sequences.seq() == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ".seq must be > 0, got 0"));
  }
  const std::string& mask = sequences.mask();
  out.query = {.vectors = out.vectors.view(),
               .heads = out.vectors.rows() / sequences.seq(),
               .seq = sequences.seq(),
               .num_earlier = sequences.num_earlier(),
               .earlier = out.earlier,
               .mask = {reinterpret_cast<const std::uint8_t*>(mask.data()),
                        mask.size()}};
  return out;
}

void EncodeAssignment(const BucketAssignment& assignment,
                      v1::BucketAssignment& out) {
  out.set_buckets(EncodeBytes(assignment.buckets));
  out.set_order(EncodeBytes(assignment.order));
  out.set_inverse(EncodeBytes(assignment.inverse));
  out.set_offsets(EncodeBytes(assignment.offsets));
}

v1::Matrix EncodeRotations(const Rotations& rotations) {
  v1::Matrix out;
  const std::size_t rows = rotations.shape().num_directions();
  out.set_dtype(v1::DATA_TYPE_INT8);
  out.set_rows(static_cast<std::uint32_t>(rows));
  out.set_cols(static_cast<std::uint32_t>(rotations.shape().dim));
  out.set_values(EncodeBytes(rotations.directions()));
  out.set_scales(EncodeBytes(std::vector<float>(rows, 1.0F)));
  return out;
}

}  // namespace mongoose::server
