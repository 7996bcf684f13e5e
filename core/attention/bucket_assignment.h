// Which positions of a sequence share an attention bucket.
#ifndef MONGOOSE_CORE_ATTENTION_BUCKET_ASSIGNMENT_H_
#define MONGOOSE_CORE_ATTENTION_BUCKET_ASSIGNMENT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/attention/rotations.h"
#include "core/base/cancel_token.h"
#include "core/base/matrix_view.h"
#include "core/base/worker_pool.h"

namespace mongoose {

// A batch of sequences, one a head.
struct BucketQuery {
  MatrixView<const float> vectors;  // [heads * seq, dim], head by head
  std::size_t heads = 0;
  std::size_t seq = 0;  // positions of a head to be hashed
  // Positions of a head before those, and their buckets as assigned earlier,
  // [heads, rounds, num_earlier].
  std::size_t num_earlier = 0;
  std::span<const std::uint16_t> earlier;
  // Empty, or [masks, seq] with masks a divisor of heads: 0 for padding.  Mask
  // i is that of heads i * heads / masks onward.
  std::span<const std::uint8_t> mask;
  std::size_t num_buckets = 0;  // even, 2..max_buckets
  bool want_inverse = false;
  bool want_offsets = false;

  // Of a head, earlier ones first.
  std::size_t positions() const { return num_earlier + seq; }
  // Of one of the `seq` positions of a head.
  bool IsPadding(std::size_t head, std::size_t position) const {
    if (mask.empty()) return false;
    const std::size_t masks = mask.size() / seq;
    return mask[head * masks / heads * seq + position] == 0;
  }
};

// The most bytes of one assignment.
inline constexpr std::size_t kMaxAnswerBytes = std::size_t{256} << 20;

// InvalidArgument with field, rule and value; values are not looked at.
absl::Status ValidateBucketQuery(const BucketQuery& query,
                                 const RotationShape& shape);

// Buckets are 0..num_buckets - 1; padding is in bucket num_buckets.
struct BucketAssignment {
  std::vector<std::uint16_t> buckets;  // [heads, rounds, positions]
  // Positions by bucket, equal buckets by position: as buckets.
  std::vector<std::uint32_t> order;
  // Where each position stands in `order`; only if wanted.
  std::vector<std::uint32_t> inverse;
  // Where each bucket begins in `order`, and where the last one ends, padding
  // last: [heads, rounds, num_buckets + 2]; only if wanted.
  std::vector<std::uint32_t> offsets;
};

// The number of buckets of about `bucket_size` positions for sequences of
// `seq`: even, 2..max_buckets.
std::size_t NumBuckets(std::size_t seq, std::size_t bucket_size,
                       std::size_t max_buckets);

// A pure function of rotations and query: the same on every machine and any
// number of threads.  Hashing as Rotations says, then a counting sort a round.
// O(heads * seq * rounds * (dim * num_buckets / 2 + 1)).  InvalidArgument for
// a value that is not finite; the status of `cancel` soon after it wants to
// end.
// REQUIRES: the query is valid.
absl::StatusOr<BucketAssignment> AssignBuckets(const Rotations& rotations,
                                               const BucketQuery& query,
                                               WorkerPool& workers,
                                               const CancelToken& cancel);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_ATTENTION_BUCKET_ASSIGNMENT_H_
