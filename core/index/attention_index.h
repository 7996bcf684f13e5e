// All of an attention index that the server sees.
#ifndef MONGOOSE_CORE_INDEX_ATTENTION_INDEX_H_
#define MONGOOSE_CORE_INDEX_ATTENTION_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/attention/bucket_assignment.h"
#include "core/attention/rotations.h"
#include "core/base/cancel_token.h"
#include "core/base/worker_pool.h"

namespace mongoose {

// What an attention index is; nothing is left to default.
struct AttentionSpec {
  std::string name;  // as of IndexSpec
  RotationShape shape;
  std::size_t bucket_size = 64;  // positions a bucket is meant to have, >= 1
  std::uint64_t seed = 0;        // of the first rotations

  friend bool operator==(const AttentionSpec&, const AttentionSpec&) = default;
};

// InvalidArgument with field, rule and value.
absl::Status ValidateAttentionSpec(const AttentionSpec& spec);
// An upper bound: directions and their products for every number of buckets.
std::size_t EstimateAttentionBytes(const AttentionSpec& spec);

// Owns rotations, and no rows: any number of workers may ask at once.
// Thread-safe.
class AttentionIndex {
 public:
  // The pool must outlive it.  REQUIRES: the spec is valid.
  AttentionIndex(AttentionSpec spec, WorkerPool& workers);

  const AttentionSpec& spec() const { return spec_; }
  // 1 for the rotations drawn from the seed.
  std::uint64_t version() const { return 1; }
  std::shared_ptr<const Rotations> rotations() const { return rotations_; }

  // For sequences of so many positions.
  std::size_t NumBucketsFor(std::size_t positions) const {
    return NumBuckets(positions, spec_.bucket_size, spec_.shape.max_buckets);
  }
  // InvalidArgument for a bad query; the status of `cancel`.
  absl::StatusOr<BucketAssignment> AssignBuckets(
      const BucketQuery& query, const CancelToken& cancel) const;

 private:
  const AttentionSpec spec_;
  WorkerPool& workers_;
  const std::shared_ptr<const Rotations> rotations_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_ATTENTION_INDEX_H_
