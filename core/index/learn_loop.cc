#include "core/index/learn_loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/error_reason.h"
#include "core/base/status_macros.h"

namespace mongoose {
namespace {

constexpr std::size_t kMaxLessons = 4096;
// Queries searched at a time.
constexpr std::size_t kSearched = 64;
// Queries held back between looks at recall.
constexpr std::size_t kLookEvery = 256;
// One row of so many counts as a hub in reports.
constexpr std::size_t kRowsPerHub = 200;
// How often a caller of Learn looks whether it is still wanted.
constexpr auto kCancelCheck = std::chrono::milliseconds(50);

// What each wanted row's cell is called: that of the hot list by `hot_name`.
std::vector<std::uint32_t> CellsOf(const QueryTruths& truths,
                                   const IndexSnapshot& snapshot,
                                   std::uint32_t hot_name) {
  std::vector<std::uint32_t> cells;
  cells.reserve(truths.all_rows().size());
  for (const RowId row : truths.all_rows()) {
    if (row == kNoRow) {
      cells.push_back(RouterTrainer::kNoCell);
    } else if (snapshot.cells->is_hot(row)) {
      cells.push_back(hot_name);
    } else {
      cells.push_back(snapshot.codes->row(row)[0]);
    }
  }
  return cells;
}

std::vector<std::size_t> CellSizes(const CellRows& cells) {
  std::vector<std::size_t> sizes(cells.num_cells());
  for (std::size_t cell = 0; cell < sizes.size(); ++cell) {
    sizes[cell] = cells.cell_size(cell);
  }
  return sizes;
}

// Rows that the index's default plan reads for a query, on average.
double RowsRead(const IndexSnapshot& snapshot, const QueryPlan& plan,
                const QueryTruths& truths) {
  const std::size_t count = 1 + plan.num_probes;
  std::vector<Code> nearest(truths.size() * count);
  snapshot.partition()->NearestCells(truths.queries(), count, nearest);
  double rows = 0;
  for (const Code cell : nearest) {
    rows += static_cast<double>(snapshot.cells->cell_size(cell));
  }
  return rows / static_cast<double>(std::max<std::size_t>(1, truths.size())) +
         static_cast<double>(snapshot.hot_list->size());
}

FoundRows FindWith(const PartitionProjection& partition,
                   const IndexSnapshot& snapshot, const GateCase& judged) {
  const auto hot_name = static_cast<std::uint32_t>(snapshot.cells->num_cells());
  return FindInCells(partition, CellSizes(*snapshot.cells),
                     snapshot.hot_list->size(),
                     CellsOf(judged.held_back, snapshot, hot_name), judged);
}

std::span<const RowId> RowsOf(const ActiveSets& sets, std::size_t sample) {
  const std::size_t first = sets.offsets[sample];
  return std::span(sets.ids).subspan(first, sets.offsets[sample + 1] - first);
}

bool IsFinite(const PartitionProjection::Router& router) {
  const auto finite = [](float value) { return std::isfinite(value); };
  return std::ranges::all_of(router.vectors, finite) &&
         std::ranges::all_of(router.offsets, finite);
}

}  // namespace

LearnLoop::LearnLoop(LearnParts parts)
    : parts_(std::move(parts)), lessons_(parts_.spec.hash.cols, kMaxLessons) {}

bool LearnLoop::HasWork() const {
  const bool batch_waits = parts_.sampler.num_waiting() >= kSearched;
  MutexLock lock(mu_);
  if (!requests_.empty()) return true;
  if (parts_.clock.Now() < resume_at_) return false;
  return in_job_ || batch_waits;
}

void LearnLoop::RunOnce() {
  const Clock::TimePoint start = parts_.clock.Now();
  if (parts_.current.Acquire() == nullptr) return;
  if (job_ == nullptr) {
    if (auto request = NextRequest(); request != nullptr) {
      StartJob(std::move(request), "asked to");
    }
  }
  if (job_ != nullptr) {
    GoOnWithJob();
  } else {
    TakeSamples();
    StartJobIfDue();
  }
  Rest(start);
}

std::shared_ptr<LearnLoop::Request> LearnLoop::NextRequest() {
  MutexLock lock(mu_);
  if (requests_.empty()) return nullptr;
  auto request = std::move(requests_.front());
  requests_.pop_front();
  return request;
}

void LearnLoop::TakeSamples() {
  const std::vector<QuerySampler::Sample> samples =
      parts_.sampler.Take(kSearched);
  if (parts_.spec.learning.target == LearnTarget::kNeighbours) {
    AddNeighbours(samples);
  } else {
    for (const auto& sample : samples) {
      if (!sample.labels.empty()) lessons_.Add(sample.query, sample.labels);
    }
  }
  MutexLock lock(mu_);
  counts_.training_queries = lessons_.training.size();
  counts_.held_back_queries = lessons_.held_back.size();
}

void LearnLoop::AddNeighbours(std::span<const QuerySampler::Sample> samples) {
  if (samples.empty()) return;
  const std::size_t cols = parts_.spec.hash.cols;
  std::vector<float> queries;
  queries.reserve(samples.size() * cols);
  for (const auto& sample : samples) {
    queries.insert(queries.end(), sample.query.begin(), sample.query.end());
  }
  const auto nearest = FindNeighbours({queries, samples.size(), cols});
  if (!nearest.ok()) return;  // the next samples may fare better
  for (std::size_t i = 0; i < samples.size(); ++i) {
    lessons_.Add(samples[i].query, RowsOf(*nearest, i));
  }
}

absl::StatusOr<ActiveSets> LearnLoop::FindNeighbours(
    MatrixView<const float> queries) const {
  QueryPlan plan = DefaultQueryPlan(parts_.spec.hash, parts_.spec.num_rows);
  plan.num_active = QueryTruths::kMaxRows;
  plan.num_probes = parts_.spec.hash.num_buckets() - 1;
  return parts_.backend.QueryNeurons(
      *parts_.current.Acquire(), *parts_.replica.Freeze().rows,
      {.queries = queries, .plan = plan}, parts_.workspaces, NeverCancelled());
}

void LearnLoop::StartJobIfDue() {
  const std::size_t held_back = lessons_.held_back.num_added();
  if (held_back < held_back_at_look_ + kLookEvery) return;
  held_back_at_look_ = held_back;
  pulse_.training = lessons_.training.size();
  pulse_.held_back = lessons_.held_back.size();
  pulse_.new_queries = held_back - held_back_at_decision_;
  if (pulse_.decisions > 0) pulse_.recall = CurrentRecall();
  std::string trigger = ReasonToLearn(pulse_);
  if (!trigger.empty()) StartJob(nullptr, std::move(trigger));
}

double LearnLoop::CurrentRecall() const {
  const auto snapshot = parts_.current.Acquire();
  const GateCase judged{.held_back = lessons_.held_back,
                        .rows = RowsRead(*snapshot, parts_.spec.default_plan,
                                         lessons_.held_back)};
  return RecallOf(FindWith(*snapshot->partition(), *snapshot, judged)).all;
}

void LearnLoop::StartJob(std::shared_ptr<Request> request,
                         std::string trigger) {
  const auto base = parts_.current.Acquire();
  const Lessons& lessons = request == nullptr ? lessons_ : request->lessons;
  job_ = std::make_unique<Job>(
      Job{.base = base,
          .request = std::move(request),
          .trigger = std::move(trigger),
          .trainer = RouterTrainer(
              *base->partition(), lessons.training.queries(),
              CellsOf(lessons.training, *base, RouterTrainer::kNoCell),
              parts_.spec.hash.seed),
          .judged_by =
              QueryTruths(parts_.spec.hash.cols, lessons.held_back.size())});
  MutexLock lock(mu_);
  in_job_ = true;
}

void LearnLoop::GoOnWithJob() {
  const auto current = parts_.current.Acquire();
  if (current->projection != job_->base->projection) {
    // The anchors have been learned anew meanwhile.
    StartJob(std::move(job_->request), std::move(job_->trigger));
  } else if (!job_->trainer.done()) {
    job_->trainer.RunPass();
  } else if (!AddJudges()) {
    FinishJob();
  }
}

bool LearnLoop::AddJudges() {
  QueryTruths& judges = job_->judged_by;
  const QueryTruths& held_back = LessonsOf(*job_).held_back;
  const std::size_t first = judges.size();
  if (first == held_back.size()) return false;
  const std::size_t count = std::min(kSearched, held_back.size() - first);
  const auto queries = held_back.queries().Rows(first, count);
  const bool search = job_->request == nullptr &&
                      parts_.spec.learning.target == LearnTarget::kNeighbours;
  const auto nearest = search ? FindNeighbours(queries) : ActiveSets{};
  for (std::size_t i = 0; i < count; ++i) {
    judges.Add(queries.row(i), search && nearest.ok()
                                   ? RowsOf(*nearest, i)
                                   : held_back.rows(first + i));
  }
  return true;
}

void LearnLoop::FinishJob() {
  const std::unique_ptr<Job> job = std::move(job_);
  const auto current = parts_.current.Acquire();
  const PartitionProjection& partition = *current->partition();
  PartitionProjection::Router router = job->trainer.router();
  GateVerdict verdict{.reason = "refused, its values are not finite"};
  if (IsFinite(router)) {
    const auto candidate = std::make_shared<const PartitionProjection>(
        partition.spec(), partition.cells(), std::move(router));
    verdict = Judge(*job, *candidate);
    bool wanted = true;
    if (job->request != nullptr) {
      MutexLock lock(mu_);
      wanted = !job->request->abandoned;
    }
    if (!wanted) {
      verdict.adopt = false;
      verdict.reason = "refused, its caller has gone";
    }
    if (verdict.adopt) parts_.adopt(candidate, verdict.reason);
  }
  if (!verdict.adopt) parts_.refuse(verdict.reason);
  ++pulse_.decisions;
  pulse_.refusals = verdict.adopt ? 0 : pulse_.refusals + 1;
  held_back_at_decision_ = lessons_.held_back.num_added();
  held_back_at_look_ = held_back_at_decision_;
  pulse_.recall_then =
      lessons_.held_back.size() > 0 ? CurrentRecall() : verdict.current.all;
  MutexLock lock(mu_);
  in_job_ = false;
  ++(verdict.adopt ? counts_.adopted : counts_.refused);
  counts_.last = verdict;
  counts_.last_trigger = job->trigger;
  if (job->request != nullptr) {
    job->request->verdict = verdict;
    job->request->done = true;
    verdict_given_.SignalAll();
  }
}

GateVerdict LearnLoop::Judge(const Job& job,
                             const PartitionProjection& candidate) const {
  const auto current = parts_.current.Acquire();
  const QueryTruths& training = LessonsOf(job).training;
  const std::vector<RowId> hubs =
      MostWanted(training, parts_.spec.num_rows / kRowsPerHub);
  const GateCase judged{
      .held_back = job.judged_by,
      .hubs = hubs,
      .rows = RowsRead(*current, parts_.spec.default_plan, job.judged_by)};
  const std::vector<RowId> list =
      MostWanted(training, static_cast<std::size_t>(judged.rows));
  GateVerdict verdict =
      JudgeCandidate(FindWith(*current->partition(), *current, judged),
                     FindWith(candidate, *current, judged),
                     FindInList(list, judged), parts_.spec.learning.min_gain);
  verdict.rows = judged.rows;
  return verdict;
}

void LearnLoop::Rest(Clock::TimePoint start) {
  const Clock::TimePoint now = parts_.clock.Now();
  const bool awaited = job_ != nullptr && job_->request != nullptr;
  const double pause =
      awaited ? 0 : 1.0 / double{parts_.spec.learning.max_load} - 1;
  MutexLock lock(mu_);
  counts_.seconds += std::chrono::duration<double>(now - start).count();
  resume_at_ = now + std::chrono::duration_cast<Clock::TimePoint::duration>(
                         (now - start) * pause);
}

absl::StatusOr<GateVerdict> LearnLoop::Learn(const Pairs& pairs,
                                             const std::function<void()>& wake,
                                             const CancelToken& cancel) {
  if (parts_.spec.learning.mode == LearnMode::kOff) {
    return WithReason(
        absl::FailedPreconditionError(absl::StrCat("index \"", parts_.spec.name,
                                                   "\" has learning.mode OFF")),
        "LEARNING_OFF");
  }
  if (parts_.current.Acquire() == nullptr) {
    return WithReason(
        absl::FailedPreconditionError(absl::StrCat("index \"", parts_.spec.name,
                                                   "\" has no snapshot yet")),
        "NO_SNAPSHOT");
  }
  Lessons lessons(parts_.spec.hash.cols, pairs.rows.size() + 4);
  for (std::size_t i = 0; i < pairs.rows.size(); ++i) {
    lessons.Add(pairs.queries.row(i), pairs.rows.subspan(i, 1));
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
