// Learns hash functions from queries, and adopts what proves better.
#ifndef MONGOOSE_CORE_INDEX_LEARN_LOOP_H_
#define MONGOOSE_CORE_INDEX_LEARN_LOOP_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "core/base/cancel_token.h"
#include "core/base/clock.h"
#include "core/base/matrix_view.h"
#include "core/base/mutex.h"
#include "core/base/row_id.h"
#include "core/index/learn_counts.h"
#include "core/index/learner.h"
#include "core/index/lessons.h"
#include "core/learn/hash_gate.h"
#include "core/learn/query_truths.h"
#include "core/schedule/retrain_rule.h"

namespace mongoose {

// RunOnce is called by the index's background thread, all else by any.
//
// Work is cut into units: 128 queries searched, one pass of training, or one
// judgement, which for SimHash builds the candidate's tables.  It delays a
// re-hash by no more than one of them, and rests between them, so that they
// take no more than spec.learning.max_load of the time; except for Learn, whose
// caller waits.
class LearnLoop {
 public:
  explicit LearnLoop(LearnParts parts);

  bool HasWork() const ABSL_LOCKS_EXCLUDED(mu_);
  // Does one unit of work.
  void RunOnce() ABSL_LOCKS_EXCLUDED(mu_);

  // Learns from these pairs alone, each a query and one row to be found, and
  // waits for the verdict; `wake` makes the background thread look for work.
  // FailedPrecondition when learning is off or there is no snapshot yet; the
  // status of `cancel` when it ends the wait.
  struct Pairs {
    MatrixView<const float> queries;  // [pairs, cols]
    std::span<const RowId> rows;      // [pairs]
  };
  absl::StatusOr<GateVerdict> Learn(const Pairs& pairs,
                                    const std::function<void()>& wake,
                                    const CancelToken& cancel)
      ABSL_LOCKS_EXCLUDED(mu_);

  LearnCounts counts() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // A call to Learn.
  struct Request {
    explicit Request(Lessons given) : lessons(std::move(given)) {}
    Lessons lessons;
    // Guarded by mu_.
    bool abandoned = false;
    bool done = false;
    GateVerdict verdict;
  };
  enum class Phase { kSearchJudges, kDecide, kSearchLessons, kBegin, kTrain };
  // A look at the recall of the functions in use, and perhaps a candidate.
  struct Job {
    Lessons lessons;
    std::shared_ptr<Request> request;  // null: from sampled queries
    Phase phase = Phase::kSearchJudges;
    std::size_t num_searched = 0;  // queries of this phase
    std::string trigger;
    std::unique_ptr<Candidate> candidate;  // last: uses the lessons
  };

  bool TakesLabels() const {
    return parts_.spec.learning.target == LearnTarget::kLabels;
  }
  void TakeSamples() ABSL_LOCKS_EXCLUDED(mu_);
  // Sets job_ if there is something to learn from.
  void StartJob() ABSL_LOCKS_EXCLUDED(mu_);
  void GoOnWithJob() ABSL_LOCKS_EXCLUDED(mu_);
  // Finds the nearest rows of more of the queries; false when none are left.
  bool SearchMore(QueryTruths& truths);
  void Decide() ABSL_LOCKS_EXCLUDED(mu_);
  void FinishTraining() ABSL_LOCKS_EXCLUDED(mu_);
  Candidate::Judgement JudgeAndAdopt() ABSL_LOCKS_EXCLUDED(mu_);
  bool IsAbandoned() const ABSL_LOCKS_EXCLUDED(mu_);
  void EndJob() ABSL_LOCKS_EXCLUDED(mu_);
  void Rest(Clock::TimePoint start) ABSL_LOCKS_EXCLUDED(mu_);

  const LearnParts parts_;
  const std::unique_ptr<Learner> learner_;
  // Of the background thread alone.
  Lessons lessons_;
  std::unique_ptr<Job> job_;
  LearnPulse pulse_;
  // Queries ever held back, when recall was last looked at and when a
  // candidate was last judged.
  std::size_t held_back_at_look_ = 0;
  std::size_t held_back_at_decision_ = 0;

  mutable Mutex mu_;
  CondVar verdict_given_;
  bool in_job_ ABSL_GUARDED_BY(mu_) = false;
  Clock::TimePoint resume_at_ ABSL_GUARDED_BY(mu_){};
  std::deque<std::shared_ptr<Request>> requests_ ABSL_GUARDED_BY(mu_);
  LearnCounts counts_ ABSL_GUARDED_BY(mu_);
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_LEARN_LOOP_H_
