#include "core/index/attention_index.h"

#include <utility>

#include "core/base/check_range.h"
#include "core/base/status_macros.h"
#include "core/index/index_spec.h"

namespace mongoose {

absl::Status ValidateAttentionSpec(const AttentionSpec& spec) {
  RETURN_IF_ERROR(ValidateIndexName(spec.name));
  RETURN_IF_ERROR(ValidateRotationShape(spec.shape));
  return CheckRange("attention.bucket_size", spec.bucket_size, 1, 65536);
}

std::size_t EstimateAttentionBytes(const AttentionSpec& spec) {
  // Products for each power of two, together twice the largest, which keep two
  // copies of up to 4 bytes a value.
  return 16 * IntegerGemm::PaddedCols(spec.shape.dim) *
         (IntegerGemm::PaddedColumns(spec.shape.num_directions()) + 16);
}

AttentionIndex::AttentionIndex(AttentionSpec spec, WorkerPool& workers)
    : spec_(std::move(spec)),
      workers_(workers),
      rotations_(Rotations::Draw(spec_.shape, spec_.seed)) {}

absl::StatusOr<BucketAssignment> AttentionIndex::AssignBuckets(
    const BucketQuery& query, const CancelToken& cancel) const {
  RETURN_IF_ERROR(ValidateBucketQuery(query, spec_.shape));
  return mongoose::AssignBuckets(*rotations_, query, workers_, cancel);
}

}  // namespace mongoose
