#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/frozen_rows.h"
#include "core/base/status_macros.h"
#include "core/hash/projection.h"
#include "core/index/learner.h"
#include "core/index/snapshot_builder.h"
#include "core/index/tables_judge.h"
#include "core/learn/direction_trainer.h"
#include "core/oracle/exact_search.h"

namespace mongoose {
namespace {

// How many times the rows that the functions in use propose, or keep, a
// candidate may: queries pay for them.
constexpr double kMaxDearer = 2;

class DirectionCandidate final : public Candidate {
 public:
  DirectionCandidate(const LearnParts& parts, const Lessons& lessons)
      : parts_(parts),
        lessons_(lessons),
        rows_(parts.replica.Freeze().rows),
        start_(parts.current.Acquire()->projection),
        trainer_(*start_, *rows_, lessons.training, parts.spec.learning.loss) {}

  bool TrainMore() override {
    if (trainer_.done()) return false;
    trainer_.RunPass();
    return true;
  }
  Judgement JudgeAndAdopt() override;

 private:
  // At equal candidates: so many as the functions in use keep on average.
  absl::StatusOr<Judgement> Judge(
      const std::shared_ptr<const Projection>& candidate) const;

  const LearnParts& parts_;
  const Lessons& lessons_;
  const std::shared_ptr<const FrozenRows> rows_;   // the trainer's
  const std::shared_ptr<const Projection> start_;  // the trainer's
  DirectionTrainer trainer_;
};

Candidate::Judgement DirectionCandidate::JudgeAndAdopt() {
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::ranges::all_of(trainer_.directions(), finite)) {
    return {.verdict = {.reason = "refused, its values are not finite"}};
  }
  const auto candidate = ProjectionOf(
      parts_.spec.hash, parts_.current.Acquire()->projection->means(),
      trainer_.directions());
  absl::StatusOr<Judgement> judged = Judge(candidate);
  constexpr char kFailed[] = "refused, its tables could not be built: ";
  if (!judged.ok()) {
    return {.verdict = {.reason = absl::StrCat(
                            kFailed, std::string(judged.status().message()))}};
  }
  GateVerdict& verdict = judged->verdict;
  if (!verdict.adopt) return *std::move(judged);
  const absl::Status adopted =
      parts_.adopt({.projection = candidate, .reason = verdict.reason});
  if (!adopted.ok()) {
    verdict.adopt = false;
    verdict.reason = absl::StrCat(kFailed, std::string(adopted.message()));
    judged->recall = verdict.current.all;
  }
  return *std::move(judged);
}

absl::StatusOr<Candidate::Judgement> DirectionCandidate::Judge(
    const std::shared_ptr<const Projection>& candidate) const {
  const auto current = parts_.current.Acquire();
  const auto rows = parts_.replica.Freeze().rows;
  ASSIGN_OR_RETURN(const IndexSnapshot built,
                   SnapshotBuilder(parts_.backend)
                       .Build(candidate, *rows, *current->hot_list));
  const std::vector<RowId> hubs =
      HubsOf(lessons_.training, parts_.spec.num_rows);
  GateCase judged{.held_back = lessons_.held_back, .hubs = hubs};
  const TablesCase tables{parts_.backend, parts_.workspaces, *rows};
  QueryPlan plan = parts_.spec.default_plan;
  ASSIGN_OR_RETURN(const TablesAnswer in_use,
                   FindWith(tables, *current, plan, judged));
  ASSIGN_OR_RETURN(const TablesAnswer served,
                   FindWith(tables, built, plan, judged));
  TablesAnswer level = served;
  if (MeanKept(served) > MeanKept(in_use)) {
    plan.max_candidates = LevelCut(served.kept, MeanKept(in_use));
    ASSIGN_OR_RETURN(level, FindWith(tables, built, plan, judged));
  }
  judged.rows =
      MeanKept(in_use) + (plan.use_hot_list
                              ? static_cast<double>(current->hot_list->size())
                              : 0.0);
  GateVerdict verdict =
      JudgeCandidate(in_use.found, level.found, lessons_.training, judged,
                     parts_.spec.learning.min_gain);
  if (verdict.adopt && (served.proposed > kMaxDearer * in_use.proposed ||
                        MeanKept(served) > kMaxDearer * MeanKept(in_use))) {
    verdict.adopt = false;
    verdict.reason = absl::StrCat(
        "refused, queries would be more than twice as dear: ", served.proposed,
        " rows proposed and ", MeanKept(served), " kept a query, now ",
        in_use.proposed, " and ", MeanKept(in_use));
  }
  const double recall =
      RecallOf(verdict.adopt ? served.found : in_use.found).all;
  return Judgement{.verdict = std::move(verdict), .recall = recall};
}

class DirectionLearner final : public Learner {
 public:
  explicit DirectionLearner(const LearnParts& parts) : parts_(parts) {}

  void Search(std::size_t first, std::size_t count,
              QueryTruths& truths) override;
  absl::StatusOr<Look> LookAtRecall(const Lessons& lessons) override;
  std::unique_ptr<Candidate> NewCandidate(const Lessons& lessons) override {
    return std::make_unique<DirectionCandidate>(parts_, lessons);
  }

 private:
  const LearnParts& parts_;
};

void DirectionLearner::Search(std::size_t first, std::size_t count,
                              QueryTruths& truths) {
  const auto nearest = ExactTopRows(*parts_.replica.Freeze().rows,
                                    truths.queries().Rows(first, count),
                                    NumWanted(parts_.spec.default_plan));
  const std::size_t each = nearest.size() / count;
  for (std::size_t i = 0; i < count; ++i) {
    truths.SetRows(first + i, std::span(nearest).subspan(i * each, each));
  }
}

absl::StatusOr<Learner::Look> DirectionLearner::LookAtRecall(
    const Lessons& lessons) {
  const auto rows = parts_.replica.Freeze().rows;
  ASSIGN_OR_RETURN(const TablesAnswer answer,
                   FindWith({parts_.backend, parts_.workspaces, *rows},
                            *parts_.current.Acquire(), parts_.spec.default_plan,
                            {.held_back = lessons.held_back}));
  return Look{.recall = RecallOf(answer.found).all};
}

}  // namespace

std::unique_ptr<Learner> MakeDirectionLearner(const LearnParts& parts) {
  return std::make_unique<DirectionLearner>(parts);
}

}  // namespace mongoose
