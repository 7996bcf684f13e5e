#include "core/index/learn_loop.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/error_reason.h"
#include "core/base/status_macros.h"

namespace mongoose {
namespace {

// The newest: older queries were asked of another state of the network.
constexpr std::size_t kMaxLessons = 1536;
constexpr std::size_t kMaxLabels = 32;  // of a query, that are learned from
// Sampled queries worth a look, and queries searched at a time.
constexpr std::size_t kMinWaiting = 64;
constexpr std::size_t kSearched = 128;
// Queries held back between looks at recall.
constexpr std::size_t kLookEvery = 256;
// How often a caller of Learn looks whether it is still wanted.
constexpr auto kCancelCheck = std::chrono::milliseconds(50);

}  // namespace

LearnLoop::LearnLoop(LearnParts parts)
    : parts_(std::move(parts)),
      learner_(parts_.spec.hash.is_partition() ? MakeRouterLearner(parts_)
                                               : MakeDirectionLearner(parts_)),
      lessons_(
          parts_.spec.hash.cols, kMaxLessons,
          TakesLabels() ? kMaxLabels : NumWanted(parts_.spec.default_plan)) {}

bool LearnLoop::HasWork() const {
  const bool batch_waits = parts_.sampler.num_waiting() >= kMinWaiting;
  MutexLock lock(mu_);
  if (!requests_.empty()) return true;
  if (parts_.clock.Now() < resume_at_) return false;
  return in_job_ || batch_waits;
}

void LearnLoop::RunOnce() {
  const Clock::TimePoint start = parts_.clock.Now();
  if (parts_.current.Acquire() == nullptr) return;
  if (job_ != nullptr) {
    GoOnWithJob();
  } else {
    TakeSamples();
    StartJob();
  }
  Rest(start);
}

void LearnLoop::TakeSamples() {
  for (const QuerySampler::Sample& sample : parts_.sampler.Take()) {
    if (!TakesLabels()) {
      lessons_.Add(sample.query, {});
    } else if (!sample.labels.empty()) {
      lessons_.Add(sample.query, sample.labels);
    }
  }
  MutexLock lock(mu_);
  counts_.training_queries = lessons_.training.size();
  counts_.held_back_queries = lessons_.held_back.size();
}

void LearnLoop::StartJob() {
  const std::size_t held_back = lessons_.held_back.num_added();
  MutexLock lock(mu_);
  if (!requests_.empty()) {
    job_ = std::make_unique<Job>(
        Job{.lessons = std::move(requests_.front()->lessons),
            .request = requests_.front(),
            .phase = Phase::kBegin,
            .trigger = "asked to"});
    requests_.pop_front();
  } else if (held_back >= held_back_at_look_ + kLookEvery) {
    held_back_at_look_ = held_back;
    job_ = std::make_unique<Job>(
        Job{.lessons = lessons_,
            .phase = TakesLabels() ? Phase::kDecide : Phase::kSearchJudges});
  }
  in_job_ = job_ != nullptr;
}

void LearnLoop::GoOnWithJob() {
  switch (job_->phase) {
    case Phase::kSearchJudges:
      if (!SearchMore(job_->lessons.held_back)) Decide();
      return;
    case Phase::kDecide:
      return Decide();
    case Phase::kSearchLessons:
      if (!SearchMore(job_->lessons.training)) job_->phase = Phase::kBegin;
      return;
    case Phase::kBegin:
      job_->candidate = learner_->NewCandidate(job_->lessons);
      job_->phase = Phase::kTrain;
      return;
    case Phase::kTrain:
      if (IsAbandoned() || !job_->candidate->TrainMore()) FinishTraining();
      return;
  }
}

bool LearnLoop::SearchMore(QueryTruths& truths) {
  const std::size_t first = job_->num_searched;
  if (first == truths.size()) {
    job_->num_searched = 0;
    return false;
  }
  const std::size_t count = std::min(kSearched, truths.size() - first);
  learner_->Search(first, count, truths);
  job_->num_searched += count;
  return true;
}

void LearnLoop::Decide() {
  const QueryTruths& held_back = job_->lessons.held_back;
  pulse_.training = job_->lessons.training.size();
  pulse_.held_back = held_back.size();
  pulse_.new_queries = held_back_at_look_ - held_back_at_decision_;
  const auto look = learner_->LookAtRecall(job_->lessons);
  if (!look.ok()) return EndJob();  // looks again after more queries
  pulse_.recall = look->recall;
  pulse_.dropped = look->dropped;
  if (look->dropped) {
    MutexLock lock(mu_);
    ++counts_.dropped;
  }
  job_->trigger = ReasonToLearn(pulse_);
  if (job_->trigger.empty()) return EndJob();
  job_->phase = TakesLabels() ? Phase::kBegin : Phase::kSearchLessons;
}

void LearnLoop::FinishTraining() {
  const auto [verdict, recall] = JudgeAndAdopt();
  if (!verdict.adopt) parts_.refuse(verdict.reason);
  if (job_->request == nullptr) {
    ++pulse_.decisions;
    pulse_.training_then = pulse_.training;
    pulse_.refusals = verdict.adopt ? 0 : pulse_.refusals + 1;
    pulse_.recall_then = recall.value_or(pulse_.recall_then);
    held_back_at_decision_ = lessons_.held_back.num_added();
    held_back_at_look_ = held_back_at_decision_;
  }
  {
    MutexLock lock(mu_);
    ++(verdict.adopt ? counts_.adopted : counts_.refused);
    counts_.last = verdict;
    counts_.last_trigger = job_->trigger;
    if (job_->request != nullptr) {
      job_->request->verdict = verdict;
      job_->request->done = true;
      verdict_given_.SignalAll();
    }
  }
  EndJob();
}

Candidate::Judgement LearnLoop::JudgeAndAdopt() {
  if (IsAbandoned()) {
    return {.verdict = {.reason = "refused, its caller has gone"}};
  }
  return job_->candidate->JudgeAndAdopt();
}

bool LearnLoop::IsAbandoned() const {
  MutexLock lock(mu_);
  return job_->request != nullptr && job_->request->abandoned;
}

void LearnLoop::EndJob() {
  job_.reset();
  MutexLock lock(mu_);
  in_job_ = false;
}

void LearnLoop::Rest(Clock::TimePoint start) {
  const Clock::TimePoint now = parts_.clock.Now();
  const bool awaited = job_ != nullptr && job_->request != nullptr;
  // Never so long that the clock cannot tell it.
  const double pause =
      awaited ? 0
              : std::min(1.0 / double{parts_.spec.learning.max_load} - 1, 1e6);
  MutexLock lock(mu_);
  counts_.seconds += std::chrono::duration<double>(now - start).count();
  resume_at_ = now + std::chrono::duration_cast<Clock::TimePoint::duration>(
                         (now - start) * pause);
}

absl::StatusOr<GateVerdict> LearnLoop::Learn(const Pairs& pairs,
                                             const std::function<void()>& wake,
                                             const CancelToken& cancel) {
  if (parts_.spec.learning.mode == LearnMode::kOff) {
    return LearningIsOff(parts_.spec.name);
  }
  if (parts_.current.Acquire() == nullptr) {
    return WithReason(
        absl::FailedPreconditionError(absl::StrCat("index \"", parts_.spec.name,
                                                   "\" has no snapshot yet")),
        "NO_SNAPSHOT");
  }
  RETURN_IF_ERROR(cancel.Check());
  Lessons lessons(parts_.spec.hash.cols, pairs.rows.size() + 4, 1);
  for (std::size_t i = 0; i < pairs.rows.size(); ++i) {
    const auto query = pairs.queries.row(i);
    const auto row = pairs.rows.subspan(i, 1);
    if (i > 0 && std::ranges::equal(query, pairs.queries.row(i - 1))) {
      lessons.AddAgain(query, row);
    } else {
      lessons.Add(query, row);
    }
  }
  const auto request = std::make_shared<Request>(std::move(lessons));
  {
    MutexLock lock(mu_);
    requests_.push_back(request);
  }
  while (true) {
    wake();
    const absl::Status status = cancel.Check();
    MutexLock lock(mu_);
    if (request->done) return request->verdict;
    if (!status.ok()) {
      request->abandoned = true;
      std::erase(requests_, request);
      return status;
    }
    verdict_given_.WaitUntil(mu_,
                             std::chrono::steady_clock::now() + kCancelCheck);
  }
}

LearnCounts LearnLoop::counts() const {
  MutexLock lock(mu_);
  return counts_;
}

}  // namespace mongoose
