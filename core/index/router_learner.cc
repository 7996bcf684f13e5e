#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/index/cells_judge.h"
#include "core/index/learner.h"
#include "core/learn/router_cost.h"
#include "core/learn/router_trainer.h"

namespace mongoose {
namespace {

bool IsFinite(const PartitionProjection::Router& router) {
  const auto finite = [](float value) { return std::isfinite(value); };
  return std::ranges::all_of(router.vectors, finite) &&
         std::ranges::all_of(router.offsets, finite);
}

class RouterCandidate final : public Candidate {
 public:
  RouterCandidate(const LearnParts& parts, const Lessons& lessons)
      : RouterCandidate(parts, lessons, parts.current.Acquire()) {}

  bool TrainMore() override {
    if (trainer_.done()) return false;
    trainer_.RunPass();
    return true;
  }
  Judgement JudgeAndAdopt() override;

 private:
  RouterCandidate(const LearnParts& parts, const Lessons& lessons,
                  const std::shared_ptr<const IndexSnapshot>& start)
      : parts_(parts),
        lessons_(lessons),
        base_(std::static_pointer_cast<const PartitionProjection>(
            start->projection)),
        trainer_(*base_, lessons.training.queries(),
                 CellsOf(lessons.training, *start, RouterTrainer::kNoCell),
                 parts.spec.hash.seed) {}
  GateVerdict Judge(const IndexSnapshot& current,
                    const PartitionProjection& candidate) const;

  const LearnParts& parts_;
  const Lessons& lessons_;
  std::shared_ptr<const PartitionProjection> base_;  // the trainer's start
  RouterTrainer trainer_;
};

Candidate::Judgement RouterCandidate::JudgeAndAdopt() {
  PartitionProjection::Router router = trainer_.router();
  if (!IsFinite(router)) {
    return {.verdict = {.reason = "refused, its values are not finite"}};
  }
  const auto current = parts_.current.Acquire();
  if (current->partition() != base_.get()) {
    // Anchors have followed their rows or been learned anew meanwhile.
    router = CarryRouter({base_->spec(), base_->cells(), std::move(router)},
                         current->partition()->cells());
  }
  const auto sizes = CellSizes(*current->cells);
  const ReadPlan plan =
      CellsRead(parts_.spec.default_plan, lessons_.held_back, sizes);
  const auto candidate =
      LevelCost(*current->partition(), std::move(router), plan,
                MeanRowsRead(*current->partition(), plan));
  GateVerdict verdict = Judge(*current, *candidate);
  if (verdict.adopt) {
    // A partition's cells stay, so that nothing can fail.
    parts_.adopt(candidate, verdict.reason).IgnoreError();
  }
  const double recall =
      verdict.adopt ? verdict.candidate.all : verdict.current.all;
  return {.verdict = std::move(verdict), .recall = recall};
}

GateVerdict RouterCandidate::Judge(const IndexSnapshot& current,
                                   const PartitionProjection& candidate) const {
  const std::vector<RowId> hubs =
      HubsOf(lessons_.training, parts_.spec.num_rows);
  const GateCase judged{
      .held_back = lessons_.held_back,
      .hubs = hubs,
      .rows = RowsRead(current, parts_.spec.default_plan, lessons_.held_back)};
  return JudgeCandidate(FindWith(*current.partition(), current, judged),
                        FindWith(candidate, current, judged), lessons_.training,
                        judged, parts_.spec.learning.min_gain);
}

class RouterLearner final : public Learner {
 public:
  explicit RouterLearner(const LearnParts& parts) : parts_(parts) {}

  // By reading all cells.
  void Search(std::size_t first, std::size_t count,
              QueryTruths& truths) override;
  // Goes back to the anchors alone if they find more by now than the router
  // learned, at the number of rows that was read before.
  absl::StatusOr<Look> LookAtRecall(const Lessons& lessons) override;
  std::unique_ptr<Candidate> NewCandidate(const Lessons& lessons) override {
    return std::make_unique<RouterCandidate>(parts_, lessons);
  }

 private:
  const LearnParts& parts_;
};

void RouterLearner::Search(std::size_t first, std::size_t count,
                           QueryTruths& truths) {
  QueryPlan plan = DefaultQueryPlan(parts_.spec.hash, parts_.spec.num_rows);
  plan.num_active = NumWanted(parts_.spec.default_plan);
  plan.num_probes = parts_.spec.hash.num_buckets() - 1;
  const auto nearest = parts_.backend.QueryNeurons(
      *parts_.current.Acquire(), *parts_.replica.Freeze().rows,
      {.queries = truths.queries().Rows(first, count), .plan = plan},
      parts_.workspaces, NeverCancelled());
  for (std::size_t i = 0; i < count && nearest.ok(); ++i) {
    truths.SetRows(first + i, nearest->rows(i));
  }
}

absl::StatusOr<Learner::Look> RouterLearner::LookAtRecall(
    const Lessons& lessons) {
  const auto current = parts_.current.Acquire();
  const PartitionProjection& partition = *current->partition();
  const GateCase judged{
      .held_back = lessons.held_back,
      .rows = RowsRead(*current, parts_.spec.default_plan, lessons.held_back)};
  const FoundRows in_use = FindWith(partition, *current, judged);
  const double recall = RecallOf(in_use).all;
  if (!partition.has_learned_router()) return Look{.recall = recall};
  const auto anchors = std::make_shared<const PartitionProjection>(
      partition.spec(), partition.cells());
  const FoundRows by_anchors = FindWith(*anchors, *current, judged);
  if (!IsBetter(by_anchors, in_use, /*min_gain=*/0)) {
    return Look{.recall = recall};
  }
  const double recall_of_anchors = RecallOf(by_anchors).all;
  RETURN_IF_ERROR(parts_.adopt(
      anchors, absl::StrCat("router dropped: recall ", recall,
                            ", anchors alone ", recall_of_anchors)));
  return Look{.recall = recall_of_anchors, .dropped = true};
}

}  // namespace

std::unique_ptr<Learner> MakeRouterLearner(const LearnParts& parts) {
  return std::make_unique<RouterLearner>(parts);
}

}  // namespace mongoose
