#include "core/index/learn_loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/error_reason.h"
#include "core/index/cells_judge.h"
#include "core/learn/router_cost.h"

namespace mongoose {
namespace {

// The newest: older queries were asked of another state of the network.
constexpr std::size_t kMaxLessons = 1536;
// Sampled queries worth a look, and queries searched at a time.
constexpr std::size_t kMinWaiting = 64;
constexpr std::size_t kSearched = 128;
// Queries held back between looks at recall.
constexpr std::size_t kLookEvery = 256;
// One row of so many counts as a hub in reports.
constexpr std::size_t kRowsPerHub = 200;
// How often a caller of Learn looks whether it is still wanted.
constexpr auto kCancelCheck = std::chrono::milliseconds(50);

bool IsFinite(const PartitionProjection::Router& router) {
  const auto finite = [](float value) { return std::isfinite(value); };
  return std::ranges::all_of(router.vectors, finite) &&
         std::ranges::all_of(router.offsets, finite);
}

}  // namespace

LearnLoop::LearnLoop(LearnParts parts)
    : parts_(std::move(parts)), lessons_(parts_.spec.hash.cols, kMaxLessons) {}

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
            .phase = Phase::kTrain,
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
      if (!SearchMore(job_->lessons.training)) job_->phase = Phase::kTrain;
      return;
    case Phase::kTrain:
      return Train();
  }
}

bool LearnLoop::SearchMore(QueryTruths& truths) {
  const std::size_t first = job_->num_searched;
  if (first == truths.size()) {
    job_->num_searched = 0;
    return false;
  }
  const std::size_t count = std::min(kSearched, truths.size() - first);
  QueryPlan plan = DefaultQueryPlan(parts_.spec.hash, parts_.spec.num_rows);
  plan.num_active = QueryTruths::kMaxRows;
  plan.num_probes = parts_.spec.hash.num_buckets() - 1;
  const auto nearest = parts_.backend.QueryNeurons(
      *parts_.current.Acquire(), *parts_.replica.Freeze().rows,
      {.queries = truths.queries().Rows(first, count), .plan = plan},
      parts_.workspaces, NeverCancelled());
  // Queries whose search failed want nothing and teach nothing.
  for (std::size_t i = 0; i < count && nearest.ok(); ++i) {
    truths.SetRows(first + i, nearest->rows(i));
  }
  job_->num_searched += count;
  return true;
}

double LearnLoop::MeasureAndDropOldRouter() {
  const auto current = parts_.current.Acquire();
  const PartitionProjection& partition = *current->partition();
  const QueryTruths& held_back = job_->lessons.held_back;
  const GateCase judged{
      .held_back = held_back,
      .rows = RowsRead(*current, parts_.spec.default_plan, held_back)};
  const FoundRows in_use = FindWith(partition, *current, judged);
  const double recall = RecallOf(in_use).all;
  if (!partition.has_learned_router()) return recall;
  const auto anchors = std::make_shared<const PartitionProjection>(
      partition.spec(), partition.cells());
  const FoundRows by_anchors = FindWith(*anchors, *current, judged);
  if (!IsBetter(by_anchors, in_use, /*min_gain=*/0)) return recall;
  const double recall_of_anchors = RecallOf(by_anchors).all;
  parts_.adopt(anchors, absl::StrCat("router dropped: recall ", recall,
                                     ", anchors alone ", recall_of_anchors));
  MutexLock lock(mu_);
  ++counts_.dropped;
  return recall_of_anchors;
}

void LearnLoop::Decide() {
  const QueryTruths& held_back = job_->lessons.held_back;
  pulse_.training = job_->lessons.training.size();
  pulse_.held_back = held_back.size();
  pulse_.new_queries = held_back_at_look_ - held_back_at_decision_;
  pulse_.recall = MeasureAndDropOldRouter();
  job_->trigger = ReasonToLearn(pulse_);
  if (job_->trigger.empty()) return EndJob();
  job_->phase = TakesLabels() ? Phase::kTrain : Phase::kSearchLessons;
}

void LearnLoop::Train() {
  if (job_->trainer == nullptr) {
    const QueryTruths& training = job_->lessons.training;
    job_->base = parts_.current.Acquire();
    job_->trainer = std::make_unique<RouterTrainer>(
        *job_->base->partition(), training.queries(),
        CellsOf(training, *job_->base, RouterTrainer::kNoCell),
        parts_.spec.hash.seed);
  } else if (!job_->trainer->done()) {
    job_->trainer->RunPass();
  } else {
    FinishTraining();
  }
}

void LearnLoop::FinishTraining() {
  const GateVerdict verdict = JudgeAndAdopt();
  if (!verdict.adopt) parts_.refuse(verdict.reason);
  if (job_->request == nullptr) {
    ++pulse_.decisions;
    pulse_.refusals = verdict.adopt ? 0 : pulse_.refusals + 1;
    pulse_.recall_then =
        verdict.adopt ? verdict.candidate.all : verdict.current.all;
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

GateVerdict LearnLoop::JudgeAndAdopt() {
  if (job_->request != nullptr && IsAbandoned(*job_->request)) {
    return {.reason = "refused, its caller has gone"};
  }
  PartitionProjection::Router router = job_->trainer->router();
  if (!IsFinite(router)) {
    return {.reason = "refused, its values are not finite"};
  }
  const auto current = parts_.current.Acquire();
  if (current->projection != job_->base->projection) {
    // Anchors have followed their rows or been learned anew meanwhile.
    const PartitionProjection& base = *job_->base->partition();
    router = CarryRouter({base.spec(), base.cells(), std::move(router)},
                         current->partition()->cells());
  }
  const auto sizes = CellSizes(*current->cells);
  const ReadPlan plan =
      CellsRead(parts_.spec.default_plan, job_->lessons.held_back, sizes);
  const auto candidate =
      LevelCost(*current->partition(), std::move(router), plan,
                MeanRowsRead(*current->partition(), plan));
  GateVerdict verdict = Judge(*current, *candidate);
  if (verdict.adopt) parts_.adopt(candidate, verdict.reason);
  return verdict;
}

bool LearnLoop::IsAbandoned(const Request& request) const {
  MutexLock lock(mu_);
  return request.abandoned;
}

void LearnLoop::EndJob() {
  job_.reset();
  MutexLock lock(mu_);
  in_job_ = false;
}

GateVerdict LearnLoop::Judge(const IndexSnapshot& current,
                             const PartitionProjection& candidate) const {
  const Lessons& lessons = job_->lessons;
  const std::vector<RowId> hubs =
      MostWanted(lessons.training, parts_.spec.num_rows / kRowsPerHub);
  const GateCase judged{
      .held_back = lessons.held_back,
      .hubs = hubs,
      .rows = RowsRead(current, parts_.spec.default_plan, lessons.held_back)};
  const std::vector<RowId> list =
      MostWanted(lessons.training, static_cast<std::size_t>(judged.rows));
  GateVerdict verdict =
      JudgeCandidate(FindWith(*current.partition(), current, judged),
                     FindWith(candidate, current, judged),
                     FindInList(list, judged), parts_.spec.learning.min_gain);
  verdict.rows = judged.rows;
  return verdict;
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
  Lessons lessons(parts_.spec.hash.cols, pairs.rows.size() + 4);
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
