#include "core/index/rotation_learner.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/counter_rng.h"
#include "core/base/finite.h"
#include "core/base/shuffle.h"
#include "core/base/thread_nice.h"

namespace mongoose {
namespace {

using std::chrono::milliseconds;

// Steps of a candidate, and heads of a step.
constexpr int kSteps = 48;
constexpr std::size_t kHeadsPerStep = 8;
// Of attention, that must be strong to be learned from.
constexpr double kMinStrong = 0.05;
// New samples worth a look.
constexpr std::size_t kLookEvery = 32;
// How often a caller of Learn looks whether it is still wanted, and the thread
// whether it has rested.
constexpr auto kLookInterval = milliseconds(50);

// Of a head, that learning needs for pairs of positions and for buckets.
constexpr std::size_t kMaxValues = std::size_t{1} << 22;

// Every how many of `seq` positions to take.
std::size_t StrideFor(std::size_t seq, std::size_t buckets) {
  std::size_t stride = 1;
  const auto is_too_long = [&] {
    const std::size_t taken = (seq + stride - 1) / stride;
    return taken > kMaxSampledPositions ||
           taken * (taken + buckets) > kMaxValues;
  };
  while (is_too_long()) ++stride;
  return stride;
}

// One head as SampleHeads has it; with fewer than two positions, perhaps.
HeadSample SampleHead(const BucketQuery& query, std::size_t head,
                      const AttentionSpec& spec) {
  std::vector<std::size_t> seen;
  for (std::size_t t = 0; t < query.seq; ++t) {
    if (!query.IsPadding(head, t)) seen.push_back(head * query.seq + t);
  }
  const std::size_t stride =
      StrideFor(seen.size(), spec.shape.num_rounds * query.num_buckets);
  HeadSample sample{
      .chunk = std::max<std::size_t>(1, spec.bucket_size / stride),
      .num_buckets = query.num_buckets};
  for (std::size_t i = 0; i < seen.size(); i += stride) {
    const auto vector = query.vectors.row(seen[i]);
    sample.vectors.insert(sample.vectors.end(), vector.begin(), vector.end());
    ++sample.seq;
  }
  return sample;
}

}  // namespace

std::vector<HeadSample> SampleHeads(const BucketQuery& query,
                                    const AttentionSpec& spec) {
  std::vector<HeadSample> samples;
  for (std::size_t head = 0; head < query.heads; ++head) {
    HeadSample sample = SampleHead(query, head, spec);
    if (sample.seq >= 2) samples.push_back(std::move(sample));
  }
  return samples;
}

struct RotationLearner::Lessons {
  // Of the heads with as many buckets as the newest; views them.  Every fourth
  // of the shuffled ones is held back.  REQUIRES: `from` is not empty.
  Lessons(const Heads& from, std::size_t dim, std::uint64_t seed)
      : num_buckets(from.back()->num_buckets) {
    std::vector<const HeadSample*> heads;
    for (const auto& sample : from) {
      if (sample->num_buckets == num_buckets) heads.push_back(sample.get());
    }
    CounterRng rng(seed, 0);
    Shuffle(std::span(heads), rng);
    for (std::size_t i = 0; i < heads.size(); ++i) {
      const MatrixView<const float> vectors(heads[i]->vectors, heads[i]->seq,
                                            dim);
      if (i % 4 == 0) {
        held_back.push_back({.vectors = vectors, .chunk = heads[i]->chunk});
      } else {
        training.push_back(vectors);
      }
    }
  }
  std::size_t size() const { return training.size() + held_back.size(); }

  std::size_t num_buckets;
  std::vector<MatrixView<const float>> training;
  std::vector<JudgedHead> held_back;
};

RotationLearner::RotationLearner(Parts parts)
    : parts_(std::move(parts)),
      picker_(parts_.spec.learning.mode == LearnMode::kAuto
                  ? double{parts_.spec.learning.sample_share}
                  : 0.0) {
  if (parts_.spec.learning.mode != LearnMode::kOff) {
    thread_ = std::jthread([this] { ThreadLoop(); });
  }
}

void RotationLearner::Stop() {
  MutexLock lock(mu_);
  stopping_ = true;
  changed_.SignalAll();
}

bool RotationLearner::stopping() const {
  MutexLock lock(mu_);
  return stopping_;
}

void RotationLearner::Offer(const BucketQuery& query) {
  picker_.ForEachPicked(query.heads, [&](std::size_t head) {
    auto sample = std::make_shared<const HeadSample>(
        SampleHead(query, head, parts_.spec));
    if (sample->seq < 2) return;
    MutexLock lock(mu_);
    sampled_.push_back(std::move(sample));
    if (sampled_.size() > kMaxLessonHeads) sampled_.pop_front();
    if (++new_samples_ >= kLookEvery) changed_.SignalAll();
  });
}

absl::StatusOr<GateVerdict> RotationLearner::Learn(
    std::vector<HeadSample> heads, const CancelToken& cancel) {
  if (parts_.spec.learning.mode == LearnMode::kOff) {
    return LearningIsOff(parts_.spec.name);
  }
  if (heads.size() < kMinHeads) {
    return absl::InvalidArgumentError(
        absl::StrCat("heads must be at least ", kMinHeads,
                     " with two positions or more, got ", heads.size()));
  }
  const auto request = std::make_shared<Request>();
  const std::size_t kept = std::min(heads.size(), kMaxLessonHeads);
  for (std::size_t i = 0; i < kept; ++i) {
    request->heads.push_back(std::make_shared<const HeadSample>(
        std::move(heads[i * heads.size() / kept])));
  }
  {
    MutexLock lock(mu_);
    requests_.push_back(request);
    changed_.SignalAll();
  }
  while (true) {
    absl::Status status = cancel.Check();
    MutexLock lock(mu_);
    if (request->done) return request->verdict;
    if (stopping_) status = absl::UnavailableError("the index was deleted");
    if (!status.ok()) {
      request->abandoned = true;
      std::erase(requests_, request);
      return status;
    }
    changed_.WaitUntil(mu_, std::chrono::steady_clock::now() + kLookInterval);
  }
}

LearnCounts RotationLearner::counts() const {
  MutexLock lock(mu_);
  return counts_;
}

bool RotationLearner::HasWork() const {
  if (!requests_.empty()) return true;
  return new_samples_ >= kLookEvery && parts_.clock.Now() >= resume_at_;
}

void RotationLearner::ThreadLoop() {
  SetThreadNice(parts_.nice);
  while (true) {
    std::shared_ptr<Request> request;
    {
      MutexLock lock(mu_);
      while (!stopping_ && !HasWork()) {
        if (new_samples_ < kLookEvery) {
          changed_.Wait(mu_);
        } else {  // resting
          changed_.WaitUntil(mu_,
                             std::chrono::steady_clock::now() + kLookInterval);
        }
      }
      if (stopping_) return;
      if (!requests_.empty()) {
        request = requests_.front();
        requests_.pop_front();
      }
    }
    const Clock::TimePoint start = parts_.clock.Now();
    if (request != nullptr) {
      RunRequest(*request);
    } else {
      LookAtSamples();
    }
    const Clock::TimePoint end = parts_.clock.Now();
    // Only work nobody waits for makes pauses; never so long that the clock
    // cannot tell it.
    const double pause =
        request != nullptr
            ? 0
            : std::min(1.0 / double{parts_.spec.learning.max_load} - 1, 1e6);
    MutexLock lock(mu_);
    counts_.seconds += std::chrono::duration<double>(end - start).count();
    resume_at_ =
        std::max(resume_at_,
                 end + std::chrono::duration_cast<Clock::TimePoint::duration>(
                           (end - start) * pause));
  }
}

void RotationLearner::RunRequest(Request& request) {
  const Lessons lessons(request.heads, parts_.spec.shape.dim, ++num_lessons_);
  const GateVerdict verdict = LearnFrom(lessons, [&] {
    MutexLock lock(mu_);
    return request.abandoned;
  });
  Count(verdict, lessons, "asked to");
  MutexLock lock(mu_);
  request.verdict = verdict;
  request.done = true;
  changed_.SignalAll();
}

RotationCase RotationLearner::JudgedBy(const Lessons& lessons) const {
  return {.heads = lessons.held_back,
          .num_buckets = lessons.num_buckets,
          .causal = parts_.spec.causal};
}

void RotationLearner::LookAtSamples() {
  Heads samples;
  std::size_t new_samples = 0;
  {
    MutexLock lock(mu_);
    samples = sampled_;
    std::swap(new_samples, new_samples_);
  }
  const Lessons lessons(samples, parts_.spec.shape.dim, ++num_lessons_);
  if (lessons.size() < kMinHeads) return;
  pulse_.least_training = kMinHeads - kMinHeads / 4;
  pulse_.least_held_back = kMinHeads / 4;
  pulse_.training = lessons.training.size();
  pulse_.held_back = lessons.held_back.size();
  pulse_.new_queries += new_samples / 4;
  pulse_.recall = MeanShare(CapturedShares(
      JudgedBy(lessons), {parts_.spec.shape, parts_.directions()}));
  const std::string trigger = ReasonToLearn(pulse_);
  if (trigger.empty()) return;
  const GateVerdict verdict = LearnFrom(lessons, [] { return false; });
  Count(verdict, lessons, trigger);
  pulse_.new_queries = 0;
  if (verdict.queries == 0) return;  // nothing was judged
  ++pulse_.decisions;
  pulse_.training_then = pulse_.training;
  pulse_.refusals = verdict.adopt ? 0 : pulse_.refusals + 1;
  pulse_.recall_then =
      verdict.adopt ? verdict.candidate.all : verdict.current.all;
}

GateVerdict RotationLearner::LearnFrom(const Lessons& lessons,
                                       const std::function<bool()>& abandoned) {
  const RotationShape& shape = parts_.spec.shape;
  const RotationCase judged = JudgedBy(lessons);
  const std::vector<float> current = parts_.directions();
  const std::vector<double> kept =
      CapturedShares(judged, Rotations(shape, current));
  if (const double strong = StrongShare(judged); !(strong >= kMinStrong)) {
    return {.reason = absl::StrFormat(
                "refused, %.4f of attention is strong, needed are %.2f", strong,
                kMinStrong),
            .current = {.all = MeanShare(kept)}};
  }
  RotationTrainer trainer(shape, current, lessons.num_buckets,
                          parts_.spec.causal);
  const std::size_t count = lessons.training.size();
  for (int step = 0; step < kSteps; ++step) {
    if (abandoned()) return {.reason = "refused, its caller has gone"};
    if (stopping()) return {.reason = "refused, the index is being deleted"};
    std::vector<MatrixView<const float>> heads;
    for (std::size_t i = 0; i < std::min(count, kHeadsPerStep); ++i) {
      heads.push_back(
          lessons
              .training[(static_cast<std::size_t>(step) * kHeadsPerStep + i) %
                        count]);
    }
    trainer.Step(heads);
  }
  const std::vector<float> learned = trainer.directions();
  if (FindNonFinite({learned, 1, learned.size()}).has_value()) {
    return {.reason = "refused, its values are not finite"};
  }
  const GateVerdict verdict = JudgeRotations(
      kept, CapturedShares(judged, Rotations(shape, learned)),
      RandomCapturedShares(judged, shape, parts_.spec.seed + num_lessons_),
      parts_.spec.learning.min_gain);
  if (verdict.adopt) parts_.publish(learned);
  return verdict;
}

void RotationLearner::Count(const GateVerdict& verdict, const Lessons& lessons,
                            const std::string& trigger) {
  parts_.judged(verdict.reason);
  MutexLock lock(mu_);
  ++(verdict.adopt ? counts_.adopted : counts_.refused);
  counts_.training_queries = lessons.training.size();
  counts_.held_back_queries = lessons.held_back.size();
  counts_.last = verdict;
  counts_.last_trigger = trigger;
}

}  // namespace mongoose
