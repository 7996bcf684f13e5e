#include "core/index/attention_spec.h"

#include "core/base/check_range.h"
#include "core/base/status_macros.h"
#include "core/index/index_spec.h"

namespace mongoose {

absl::Status ValidateAttentionSpec(const AttentionSpec& spec) {
  RETURN_IF_ERROR(ValidateIndexName(spec.name));
  RETURN_IF_ERROR(ValidateRotationShape(spec.shape));
  RETURN_IF_ERROR(
      CheckRange("attention.bucket_size", spec.bucket_size, 1, 65536));
  return ValidateLearnShares(spec.learning);
}

std::size_t EstimateAttentionBytes(const AttentionSpec& spec) {
  const RotationShape& shape = spec.shape;
  // Products for each power of two, together twice the largest, which keep two
  // copies of up to 4 bytes a value.
  const std::size_t products =
      16 * IntegerGemm::PaddedCols(shape.dim) *
      (IntegerGemm::PaddedColumns(shape.num_directions()) + 16);
  const std::size_t directions =
      shape.num_directions() * shape.dim * (sizeof(float) + 1);
  const std::size_t samples =
      spec.learning.mode == LearnMode::kAuto
          ? kMaxLessonHeads * kMaxSampledPositions * shape.dim * sizeof(float)
          : 0;
  return kKeptVersions * (products + directions) + samples;
}

}  // namespace mongoose
