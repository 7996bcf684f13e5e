#include "core/index/rehash_loop.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/row_mean.h"
#include "core/base/row_sample.h"
#include "core/base/status_macros.h"
#include "core/hash/code_matrix.h"
#include "core/hash/projection.h"
#include "core/index/snapshot_change.h"
#include "core/learn/partition_learner.h"

namespace mongoose {
namespace {

// Every policy's staleness is checked against a sample, for calibration and
// for the status, even where the policy does not ask for one.
constexpr std::size_t kSampleRows = 1024;
constexpr std::uint64_t kSampleEverySteps = 20;
// Below this predicted share the ratio to a sample is mostly noise.
constexpr float kMinCalibrationShare = 0.002F;

// The hot list is drawn anew after this many observations per place; of a
// partition more seldom, as rows move between cells for it.
constexpr std::uint64_t kHotObservationsPerRow = 50;
constexpr std::uint64_t kHotObservationsPerRowInCells = 2000;

// Anchors follow their rows, but one by one; they are learned again, together,
// once so many rows, as a share of all, have changed cells.
constexpr double kMaxCellChanges = 3.0;

// |w - mean| of every row.
std::vector<float> NormsFrom(std::span<const float> mean,
                             const FrozenRows& rows) {
  std::vector<float> norms(rows.layout().num_rows);
  std::vector<float> row(rows.layout().cols);
  for (std::size_t i = 0; i < norms.size(); ++i) {
    rows.CopyRow(static_cast<RowId>(i), row);
    double sum = 0;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const double part = double{row[c]} - double{mean[c]};
      sum += part * part;
    }
    norms[i] = static_cast<float>(std::sqrt(sum));
  }
  return norms;
}

}  // namespace

RehashLoop::RehashLoop(const RehashParts& parts)
    : parts_(parts),
      builder_(parts.backend),
      policy_(CreateRehashPolicy(parts.spec.rehash_policy)),
      sample_rng_(parts.spec.hash.seed, /*stream=*/~std::uint64_t{0}) {}

bool RehashLoop::RunOnce() {
  const Replica::Counts counts = parts_.replica.counts();
  const bool first = parts_.current.Acquire() == nullptr;
  if (first && counts.rows_set < parts_.spec.num_rows) return false;
  const RehashDecision decision =
      first ? RehashDecision{RehashAction::kRebuild, "all rows are set"}
            : Decide(counts);
  if (decision.action == RehashAction::kKeep) return RefreshHotList();
  return Act(decision,
             [&] {
               return decision.action == RehashAction::kRebuild
                          ? Rebuild()
                          : RehashMovedRows();
             })
      .ok();
}

template <typename Work>
absl::Status RehashLoop::Act(RehashDecision decision, Work work) {
  const Clock::TimePoint start = parts_.clock.Now();
  {
    MutexLock lock(mu_);
    running_since_ = start;
  }
  const absl::StatusOr<std::size_t> rows = work();
  Record({.index = parts_.spec.name,
          .decision = std::move(decision),
          .status = rows.status(),
          .rows = rows.value_or(0),
          .seconds = parts_.clock.SecondsSince(start)});
  return rows.status();
}

RehashDecision RehashLoop::Decide(const Replica::Counts& counts) {
  const SketchNeed need = policy_->sketch_need();
  const bool needs_sketch = need.sample_rows > 0;
  const std::uint64_t every =
      needs_sketch ? need.every_steps : kSampleEverySteps;
  if (counts.steps >= sample_step_ + every) {
    sample_step_ = counts.steps;
    SampleStaleness(needs_sketch ? need.sample_rows : kSampleRows);
  }
  const Replica::Counts now = parts_.replica.counts();
  IndexPulse pulse{.num_rows = parts_.spec.num_rows,
                   .dirty_rows = now.dirty_rows,
                   .far_rows = now.far_rows,
                   .staleness = now.staleness,
                   .steps_since_rebuild = now.steps - rebuild_step_};
  {
    MutexLock lock(mu_);
    pulse.sketch_changed_bits = counts_.sampled_changed_bits;
  }
  const RehashDecision decision = policy_->Decide(pulse);
  if (decision.action == RehashAction::kRehashRows && AnchorsAreOld()) {
    return {RehashAction::kRebuild,
            absl::StrCat(cell_changes_,
                         " rows have changed cells since the anchors were "
                         "learned, three times as many as there are")};
  }
  return decision;
}

bool RehashLoop::AnchorsAreOld() const {
  return parts_.spec.hash.is_partition() &&
         static_cast<double>(cell_changes_) >=
             kMaxCellChanges * static_cast<double>(parts_.spec.num_rows);
}

void RehashLoop::SampleStaleness(std::size_t num_rows) {
  const auto snapshot = parts_.current.Acquire();
  const std::vector<RowId> ids =
      SampleRows(parts_.spec.num_rows, num_rows, sample_rng_);
  const float predicted = parts_.replica.PredictedStaleness(ids);
  const Replica::Frozen frozen = parts_.replica.Freeze();
  CodeMatrix codes(ids.size(), snapshot->codes->tables());
  if (!parts_.backend.HashRows(*snapshot->projection, *frozen.rows, ids, codes)
           .ok()) {
    return;  // the rebuild that follows will say why
  }
  const CodeChange change =
      CompareCodes(*snapshot->codes, codes, ids, parts_.spec.hash.num_bits());
  const double stale = snapshot->cells == nullptr
                           ? change.entries
                           : MeanDistance(*snapshot->cells, *frozen.rows, ids);
  if (predicted >= kMinCalibrationShare) {
    const double ratio = std::clamp(stale / predicted, 0.05, 2.0);
    const float old = parts_.replica.counts().calibration;
    parts_.replica.SetCalibration(
        static_cast<float>(std::sqrt(static_cast<double>(old) * ratio)));
  }
  MutexLock lock(mu_);
  counts_.sampled_staleness = static_cast<float>(stale);
  counts_.sampled_changed_bits = static_cast<float>(change.bits);
}

absl::StatusOr<std::shared_ptr<const Projection>> RehashLoop::MakeProjection(
    const FrozenRows& rows) const {
  const auto current = parts_.current.Acquire();
  if (parts_.spec.hash.is_partition()) {
    return LearnPartition(parts_.spec.hash, rows,
                          current == nullptr ? nullptr : current->partition(),
                          parts_.backend);
  }
  if (!parts_.spec.hash.centre) {
    if (current != nullptr) return current->projection;
    return CreateProjection(parts_.spec.hash);
  }
  Means means{.rows = MeanOfRows(rows), .queries = parts_.query_mean.Get()};
  if (current != nullptr && parts_.spec.learning.mode != LearnMode::kOff) {
    return ProjectionOf(parts_.spec.hash, std::move(means),
                        current->projection->Directions());
  }
  return CreateProjection(parts_.spec.hash, std::move(means));
}

absl::StatusOr<std::size_t> RehashLoop::Rebuild(
    std::shared_ptr<const Projection> projection) {
  const Replica::RehashWork work = parts_.replica.TakeAllRows();
  const auto build = [&]() -> absl::Status {
    if (projection == nullptr) {
      ASSIGN_OR_RETURN(projection, MakeProjection(*work.frozen.rows));
    }
    ASSIGN_OR_RETURN(IndexSnapshot next,
                     builder_.Build(std::move(projection), *work.frozen.rows,
                                    TakeHotList()));
    next.hashed_sequence = work.frozen.applied_sequence;
    if (const auto old = parts_.current.Acquire(); old != nullptr) {
      next.cells_replaced = old->cells_replaced;
    }
    if (parts_.spec.hash.centre) {
      const std::vector<float>& mean = next.projection->means().rows;
      parts_.replica.SetMean(mean, NormsFrom(mean, *work.frozen.rows));
    }
    PublishHashed(std::move(next));
    return absl::OkStatus();
  };
  const absl::Status status = build();
  if (!status.ok()) {
    parts_.replica.GiveBack(work);
    return status;
  }
  rebuild_step_ = work.steps;
  cell_changes_ = 0;
  MutexLock lock(mu_);
  ++counts_.rebuilds;
  counts_.sampled_staleness = 0;
  counts_.sampled_changed_bits = 0;
  return work.ids.size();
}

absl::StatusOr<std::size_t> RehashLoop::RehashMovedRows() {
  // The soft threshold also takes rows about to cross it, so that they do not
  // trigger again soon [MONGOOSE section 3.2; Cohen et al. 2019].
  const double log_rows =
      std::log(std::max(3.0, static_cast<double>(parts_.spec.num_rows)));
  const Replica::RehashWork work = parts_.replica.TakeMovedRows(
      policy_->row_threshold() * static_cast<float>(1.0 - 1.0 / log_rows));
  absl::StatusOr<IndexSnapshot> next = NextSnapshot(work);
  if (!next.ok()) {
    parts_.replica.GiveBack(work);
    return next.status();
  }
  next->hashed_sequence = work.frozen.applied_sequence;
  PublishHashed(*std::move(next));
  MutexLock lock(mu_);
  ++counts_.partial_rehashes;
  counts_.rows_copied += work.ids.size() - work.taken.far.size();
  return work.taken.far.size();
}

absl::StatusOr<IndexSnapshot> RehashLoop::NextSnapshot(
    const Replica::RehashWork& work) {
  const auto old = parts_.current.Acquire();
  const std::vector<RowId>& far = work.taken.far;
  if (old->cells == nullptr) {
    return builder_.Rehash(*old, *work.frozen.rows, far);
  }
  ASSIGN_OR_RETURN(IndexSnapshot next,
                   builder_.Follow(*old, *work.frozen.rows, work.ids, far));
  cell_changes_ += CountChangedCells(*old->codes, *next.codes, far);
  return next;
}

absl::Status RehashLoop::Adopt(Adoption adoption) {
  return Act({RehashAction::kLearn, std::move(adoption.reason)},
             [&]() -> absl::StatusOr<std::size_t> {
               if (!parts_.spec.hash.is_partition()) {
                 return Rebuild(std::move(adoption.projection));
               }
               PublishLearned(std::move(adoption));
               return 0;
             });
}

void RehashLoop::PublishLearned(Adoption adoption) {
  IndexSnapshot next = *parts_.current.Acquire();
  if (adoption.hot_list.has_value()) {
    hot_list_is_learned_ = true;
    next =
        SnapshotBuilder::WithHotList(next, std::move(adoption.hot_list->rows),
                                     *parts_.replica.Freeze().rows);
    next.cells_replaced = adoption.hot_list->cells_replaced;
  }
  next.projection = std::move(adoption.projection);
  Publish(std::move(next));
}

void RehashLoop::RefuseProjection(const std::string& reason) {
  Record(
      {.index = parts_.spec.name, .decision = {RehashAction::kLearn, reason}});
}

bool RehashLoop::RefreshHotList() {
  const auto current = parts_.current.Acquire();
  const std::uint64_t per_row = parts_.spec.hash.is_partition()
                                    ? kHotObservationsPerRowInCells
                                    : kHotObservationsPerRow;
  const std::size_t size = parts_.spec.hot_list_rows;
  if (current == nullptr || size == 0 || hot_list_is_learned_ ||
      parts_.hot_list.observed() < size * per_row) {
    return false;
  }
  std::vector<RowId> rows = TakeHotList();
  if (rows.empty() && current->hot_list->empty()) return false;
  Publish(SnapshotBuilder::WithHotList(*current, std::move(rows),
                                       *parts_.replica.Freeze().rows));
  return true;
}

std::vector<RowId> RehashLoop::TakeHotList() {
  if (hot_list_is_learned_) return *parts_.current.Acquire()->hot_list;
  return parts_.hot_list.TakeTop(parts_.spec.hot_list_rows);
}

void RehashLoop::Publish(IndexSnapshot next) {
  const auto current = parts_.current.Acquire();
  next.version = current == nullptr ? 1 : current->version + 1;
  parts_.current.Publish(
      std::make_shared<const IndexSnapshot>(std::move(next)));
}

void RehashLoop::PublishHashed(IndexSnapshot next) {
  const BucketSizes sizes = MeasureBuckets(next);
  Publish(std::move(next));
  MutexLock lock(mu_);
  counts_.bucket_sizes = sizes;
  hashed_at_ = parts_.clock.Now();
}

void RehashLoop::Record(const RehashEvent& event) {
  {
    MutexLock lock(mu_);
    running_since_.reset();
    counts_.rebuild_seconds += event.seconds;
    counts_.rows_rehashed += event.rows;
    counts_.last_action = RehashActionName(event.decision.action);
    counts_.last_reason = event.status.ok()
                              ? event.decision.reason
                              : std::string(event.status.message());
    if (!event.status.ok()) ++counts_.failed_rebuilds;
  }
  if (parts_.listener) parts_.listener(event);
}

RehashCounts RehashLoop::counts() const {
  MutexLock lock(mu_);
  RehashCounts counts = counts_;
  if (hashed_at_.has_value()) {
    counts.snapshot_age_seconds = parts_.clock.SecondsSince(*hashed_at_);
  }
  if (running_since_.has_value()) {
    counts.running_seconds = parts_.clock.SecondsSince(*running_since_);
  }
  return counts;
}

}  // namespace mongoose
