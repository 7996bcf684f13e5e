// Learns the rotations of an attention index from sequences.
#ifndef MONGOOSE_CORE_INDEX_ROTATION_LEARNER_H_
#define MONGOOSE_CORE_INDEX_ROTATION_LEARNER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "core/attention/bucket_assignment.h"
#include "core/attention/rotations.h"
#include "core/base/cancel_token.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/index/attention_spec.h"
#include "core/index/learn_counts.h"
#include "core/index/query_sampler.h"
#include "core/learn/hash_gate.h"
#include "core/learn/rotation_gate.h"
#include "core/learn/rotation_trainer.h"
#include "core/schedule/retrain_rule.h"

namespace mongoose {

// One head's positions without padding, as attention is to be judged by.
struct HeadSample {
  std::vector<float> vectors;  // [seq, dim]
  std::size_t seq = 0;
  std::size_t chunk = 1;        // positions of a chunk
  std::size_t num_buckets = 2;  // that were asked for
};

// The heads of a valid query that have at least two positions; of long ones
// every second, third, .. position, with chunks as much shorter, so that at
// most kMaxSampledPositions are left, and so few that learning from one head
// takes at most 2^22 values for pairs of positions and for their buckets.
std::vector<HeadSample> SampleHeads(const BucketQuery& query,
                                    const AttentionSpec& spec);

// Learns on a thread of its own, one candidate at a time: from sequences that
// are sent to be learned from, or from a share of those that are asked about.
// A quarter of the heads is held back to judge the candidate by; it is adopted
// if its chunks keep more of exact attention than those of the rotations in
// use and of random ones.  Nothing is learned before a twentieth of attention
// is strong (StrongShare).  Thread-safe.
class RotationLearner {
 public:
  static constexpr std::size_t kMinHeads = 8;  // to learn from and judge by

  struct Parts {
    const AttentionSpec& spec;
    const Clock& clock;
    int nice = 0;  // of the thread, see thread_nice.h
    // The directions in use.
    std::function<std::vector<float>()> directions;
    // Puts these in their place.
    std::function<void(const std::vector<float>&)> publish;
    // Tells what became of a candidate.
    std::function<void(const std::string&)> judged;
  };
  // All that `parts` refers to outlives it.
  explicit RotationLearner(Parts parts);
  // REQUIRES: nobody waits in Learn.
  ~RotationLearner() { Stop(); }

  RotationLearner(const RotationLearner&) = delete;
  RotationLearner& operator=(const RotationLearner&) = delete;

  // Ends what is being learned, and waiting; does not wait for the thread.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);

  // Takes a share of the heads of a query that was answered, in mode AUTO.
  void Offer(const BucketQuery& query) ABSL_LOCKS_EXCLUDED(mu_);

  // Learns from these heads alone, at most kMaxLessonHeads of them spread
  // evenly, and waits for the verdict.  FailedPrecondition when learning is
  // off; InvalidArgument for fewer than kMinHeads; Unavailable after Stop; the
  // status of `cancel`.
  absl::StatusOr<GateVerdict> Learn(std::vector<HeadSample> heads,
                                    const CancelToken& cancel)
      ABSL_LOCKS_EXCLUDED(mu_);

  LearnCounts counts() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  using Heads = std::deque<std::shared_ptr<const HeadSample>>;
  struct Request {
    Heads heads;
    // Guarded by mu_.
    bool abandoned = false;
    bool done = false;
    GateVerdict verdict;
  };
  // Heads to learn from and heads to judge by, of one number of buckets.
  struct Lessons;

  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ThreadLoop() ABSL_LOCKS_EXCLUDED(mu_);
  void RunRequest(Request& request) ABSL_LOCKS_EXCLUDED(mu_);
  // Looks at the newest sampled heads, and learns from them if that is due.
  void LookAtSamples() ABSL_LOCKS_EXCLUDED(mu_);
  // What a candidate is judged by; views the lessons.
  RotationCase JudgedBy(const Lessons& lessons) const;
  // `abandoned` is asked between steps.
  GateVerdict LearnFrom(const Lessons& lessons,
                        const std::function<bool()>& abandoned);
  void Count(const GateVerdict& verdict, const Lessons& lessons,
             const std::string& trigger) ABSL_LOCKS_EXCLUDED(mu_);
  bool stopping() const ABSL_LOCKS_EXCLUDED(mu_);

  const Parts parts_;
  // Of the thread alone.
  LearnPulse pulse_;
  std::uint64_t num_lessons_ = 0;

  SharePicker picker_;
  mutable Mutex mu_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  Clock::TimePoint resume_at_ ABSL_GUARDED_BY(mu_){};
  std::deque<std::shared_ptr<Request>> requests_ ABSL_GUARDED_BY(mu_);
  Heads sampled_ ABSL_GUARDED_BY(mu_);                // the newest
  std::size_t new_samples_ ABSL_GUARDED_BY(mu_) = 0;  // since the last look
  LearnCounts counts_ ABSL_GUARDED_BY(mu_);
  std::jthread thread_;  // last: uses all of the above
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_ROTATION_LEARNER_H_
