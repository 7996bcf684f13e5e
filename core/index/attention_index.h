// All of an attention index that the server sees.
#ifndef MONGOOSE_CORE_INDEX_ATTENTION_INDEX_H_
#define MONGOOSE_CORE_INDEX_ATTENTION_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "core/attention/bucket_assignment.h"
#include "core/attention/rotations.h"
#include "core/base/cancel_token.h"
#include "core/base/mutex.h"
#include "core/base/worker_pool.h"
#include "core/index/attention_spec.h"
#include "core/index/index_runtime.h"
#include "core/index/index_status.h"
#include "core/index/rotation_learner.h"

namespace mongoose {

// Rotations as published.  Immutable.
struct RotationsVersion {
  std::uint64_t version = 0;      // 1 for those drawn from the seed
  std::vector<float> directions;  // before they are rounded
  Rotations rotations;
};

// Owns rotations, and no rows: any number of workers may ask at once.
// Thread-safe.
class AttentionIndex {
 public:
  // Pool and the runtime's parts must outlive it; the listener is told of
  // every candidate that was judged.  REQUIRES: the spec is valid.
  AttentionIndex(AttentionSpec spec, WorkerPool& workers,
                 const IndexRuntime& runtime);

  const AttentionSpec& spec() const { return spec_; }
  std::shared_ptr<const RotationsVersion> Current() const
      ABSL_LOCKS_EXCLUDED(mu_);
  // The current version for 0; the last kKeptVersions can be asked for.
  // OutOfRange (VERSION_GONE) for one that is not
  // kept any more, or not there yet.
  absl::StatusOr<std::shared_ptr<const RotationsVersion>> Find(
      std::uint64_t version) const ABSL_LOCKS_EXCLUDED(mu_);

  // For sequences of so many positions.
  std::size_t NumBucketsFor(std::size_t positions) const {
    return NumBuckets(positions, spec_.bucket_size, spec_.shape.max_buckets);
  }
  // InvalidArgument for a bad query; the status of `cancel`.  Of mode AUTO it
  // learns from `kShared` ones.
  enum class Vectors { kShared, kQueriesOrKeys };
  absl::StatusOr<BucketAssignment> AssignBuckets(
      const Rotations& rotations, const BucketQuery& query,
      const CancelToken& cancel, Vectors vectors = Vectors::kShared);

  // Learns from sequences alone, and waits for the verdict: InvalidArgument
  // for bad ones; see RotationLearner::Learn.
  absl::StatusOr<GateVerdict> Learn(const std::vector<BucketQuery>& sequences,
                                    const CancelToken& cancel);
  // Ends what is being learned; nothing is learned after.  Does not wait.
  void StopLearning() { learner_.Stop(); }
  // Version, memory and learning; nothing else has a meaning here.
  IndexStatus status() const;

 private:
  void Publish(const std::vector<float>& directions) ABSL_LOCKS_EXCLUDED(mu_);

  const AttentionSpec spec_;
  WorkerPool& workers_;
  const RehashListener listener_;
  mutable Mutex mu_;
  // Oldest first, never empty.
  std::deque<std::shared_ptr<const RotationsVersion>> versions_
      ABSL_GUARDED_BY(mu_);
  RotationLearner learner_;  // last: uses all of the above
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_ATTENTION_INDEX_H_
