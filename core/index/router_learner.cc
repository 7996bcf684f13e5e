#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/index/cells_judge.h"
#include "core/index/learner.h"
#include "core/learn/cell_layout.h"
#include "core/learn/hot_list_size.h"
#include "core/learn/router_cost.h"
#include "core/learn/router_gate.h"
#include "core/learn/router_trainer.h"

namespace mongoose {
namespace {

using PartitionPtr = std::shared_ptr<const PartitionProjection>;

// Its cells, ranked by their anchors alone.
PartitionPtr AnchorsOf(const PartitionProjection& partition) {
  return std::make_shared<const PartitionProjection>(partition.spec(),
                                                     partition.cells());
}

bool IsFinite(const PartitionProjection::Router& router) {
  const auto finite = [](float value) { return std::isfinite(value); };
  return std::ranges::all_of(router.vectors, finite) &&
         std::ranges::all_of(router.offsets, finite);
}

// The queries held back, to be judged by as many rows as the default plan
// reads.
GateCase CaseOf(const LearnParts& parts, const Lessons& lessons,
                const IndexSnapshot& current) {
  return {
      .held_back = lessons.held_back,
      .hubs = {},
      .rows = RowsRead(current, parts.spec.default_plan, lessons.held_back)};
}

// A router and, where another is better, a hot list.
class RouterCandidate final : public Candidate {
 public:
  RouterCandidate(const LearnParts& parts, const Lessons& lessons)
      : RouterCandidate(parts, lessons, *parts.current.Acquire()) {}

  bool TrainMore() override {
    if (trainer_.done()) return false;
    trainer_.RunPass();
    return true;
  }
  Judgement JudgeAndAdopt() override;

 private:
  RouterCandidate(const LearnParts& parts, const Lessons& lessons,
                  const IndexSnapshot& start)
      : parts_(parts),
        lessons_(lessons),
        base_(std::static_pointer_cast<const PartitionProjection>(
            start.projection)),
        hot_list_(ChooseHotList(start)),
        trainer_(*base_, lessons.training.queries(),
                 LayoutWithChoice(start).CellsOf(lessons.training,
                                                 RouterTrainer::kNoCell),
                 parts.spec.hash.seed) {}

  std::optional<HotListChange> ChooseHotList(const IndexSnapshot& start) const;
  CellLayout LayoutWithChoice(const IndexSnapshot& snapshot) const {
    const CellLayout layout = LayoutOf(snapshot);
    return hot_list_.has_value() ? layout.WithHotList(hot_list_->rows) : layout;
  }
  // Cells that the default plan reads with the candidate's hot list.
  std::size_t CellsWithChoice(const IndexSnapshot& snapshot) const {
    return snapshot.CellsRead(parts_.spec.default_plan,
                              hot_list_.has_value() ? hot_list_->cells_replaced
                                                    : snapshot.cells_replaced);
  }
  // The router on the cells of now.
  PartitionProjection::Router Carried(const IndexSnapshot& current,
                                      PartitionProjection::Router router) const;
  RouterChoice Judge(const IndexSnapshot& current,
                     PartitionProjection::Router router) const;
  // Adds what is new to the verdict's reason.
  void Adopt(const IndexSnapshot& current, RouterChoice& choice);

  const LearnParts& parts_;
  const Lessons& lessons_;
  PartitionPtr base_;  // the trainer's start
  std::optional<HotListChange> hot_list_;
  RouterTrainer trainer_;
};

std::optional<HotListChange> RouterCandidate::ChooseHotList(
    const IndexSnapshot& start) const {
  const QueryPlan& plan = parts_.spec.default_plan;
  if (parts_.spec.hot_list_rows == 0) return std::nullopt;
  const double rows = RowsRead(start, plan, lessons_.training);
  const CellLayout layout = LayoutOf(start);
  const auto size =
      ChooseHotListSize(layout, *start.partition(), lessons_.training,
                        {.rows = rows, .hot_rows = IndexSpec::kMaxHotListRows});
  if (!size.has_value()) return std::nullopt;
  HotListChange change{.rows = MostWanted(lessons_.training, *size)};
  const CellLayout chosen = layout.WithHotList(change.rows);
  const PartitionPtr anchors = AnchorsOf(*start.partition());
  const double cell_rows = rows - static_cast<double>(change.rows.size());
  ReadPlan read{.queries = lessons_.training.queries(),
                .sizes = chosen.sizes()};
  const std::size_t cells = MostCells(*anchors, read, cell_rows);
  read.num_cells = cells;
  if (MeanRowsRead(*anchors, read) > cell_rows) return std::nullopt;
  change.cells_replaced = static_cast<std::ptrdiff_t>(1 + plan.num_probes) -
                          static_cast<std::ptrdiff_t>(cells);
  return change;
}

Candidate::Judgement RouterCandidate::JudgeAndAdopt() {
  PartitionProjection::Router learned = trainer_.router();
  if (!IsFinite(learned)) {
    return {.verdict = {.reason = "refused, its values are not finite"}};
  }
  const auto current = parts_.current.Acquire();
  RouterChoice choice = Judge(*current, Carried(*current, std::move(learned)));
  const GateVerdict& verdict = choice.verdict;
  if (!verdict.adopt) {
    const double recall = verdict.current.all;
    return {.verdict = std::move(choice.verdict), .recall = recall};
  }
  Adopt(*current, choice);
  // Whole cells may be fewer rows than were judged.
  const auto now = parts_.current.Acquire();
  const FoundRows found =
      FindIn(LayoutOf(*now), *now->partition(), CaseOf(parts_, lessons_, *now));
  return {.verdict = std::move(choice.verdict), .recall = RecallOf(found).all};
}

PartitionProjection::Router RouterCandidate::Carried(
    const IndexSnapshot& current, PartitionProjection::Router router) const {
  if (current.partition() == base_.get()) return router;
  // Anchors have followed their rows or been learned anew meanwhile.
  return CarryRouter({base_->spec(), base_->cells(), std::move(router)},
                     current.partition()->cells());
}

RouterChoice RouterCandidate::Judge(const IndexSnapshot& current,
                                    PartitionProjection::Router router) const {
  const CellLayout layout = LayoutWithChoice(current);
  const std::vector<RowId> hubs =
      HubsOf(lessons_.training, parts_.spec.num_rows);
  GateCase judged = CaseOf(parts_, lessons_, current);
  judged.hubs = hubs;
  // No dearer than the functions in use.
  auto levelled = LevelCost(
      *current.partition(), std::move(router),
      {.queries = lessons_.held_back.queries(),
       .num_cells = CellsWithChoice(current),
       .sizes = layout.sizes()},
      std::max(0.0,
               judged.rows - static_cast<double>(layout.hot_list().size())));
  return JudgeRouter(
      {std::static_pointer_cast<const PartitionProjection>(current.projection),
       LayoutOf(current)},
      {std::move(levelled), layout},
      hot_list_.has_value() ? AnchorsOf(*current.partition()) : nullptr,
      lessons_.training, judged, parts_.spec.learning.min_gain);
}

void RouterCandidate::Adopt(const IndexSnapshot& current,
                            RouterChoice& choice) {
  std::string& reason = choice.verdict.reason;
  if (hot_list_.has_value()) {
    absl::StrAppend(&reason, ", hot list of ", hot_list_->rows.size(),
                    " rows in place of ", current.hot_list->size());
  }
  if (!choice.partition->has_learned_router()) {
    absl::StrAppend(&reason, ", cells by their anchors alone");
  }
  // A partition's cells stay, so that nothing can fail.
  parts_.adopt({choice.partition, std::move(hot_list_), reason}).IgnoreError();
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
  const GateCase judged = CaseOf(parts_, lessons, *current);
  const CellLayout layout = LayoutOf(*current);
  const FoundRows in_use = FindIn(layout, partition, judged);
  const double recall = RecallOf(in_use).all;
  if (!partition.has_learned_router()) return Look{.recall = recall};
  const PartitionPtr anchors = AnchorsOf(partition);
  const FoundRows by_anchors = FindIn(layout, *anchors, judged);
  if (!IsBetter(by_anchors, in_use, {})) {
    return Look{.recall = recall};
  }
  const double recall_of_anchors = RecallOf(by_anchors).all;
  RETURN_IF_ERROR(parts_.adopt(
      {.projection = anchors,
       .reason = absl::StrCat("router dropped: recall ", recall,
                              ", anchors alone ", recall_of_anchors)}));
  return Look{.recall = recall_of_anchors, .dropped = true};
}

}  // namespace

std::unique_ptr<Learner> MakeRouterLearner(const LearnParts& parts) {
  return std::make_unique<RouterLearner>(parts);
}

}  // namespace mongoose
