// What LearnLoop asks of a hash family that learns.
#ifndef MONGOOSE_CORE_INDEX_LEARNER_H_
#define MONGOOSE_CORE_INDEX_LEARNER_H_

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/backend/backend.h"
#include "core/base/clock.h"
#include "core/index/adoption.h"
#include "core/index/index_spec.h"
#include "core/index/lessons.h"
#include "core/index/query_sampler.h"
#include "core/index/replica.h"
#include "core/index/snapshot_cell.h"
#include "core/learn/hash_gate.h"
#include "core/query/index_snapshot.h"
#include "core/query/query_workspace.h"

namespace mongoose {

// The parts of an index that learning reads and writes; all outlive it.
struct LearnParts {
  const IndexSpec& spec;
  const Backend& backend;
  const Clock& clock;
  Replica& replica;
  SnapshotCell<IndexSnapshot>& current;
  WorkspacePool& workspaces;
  QuerySampler& sampler;
  std::function<absl::Status(Adoption)> adopt;  // see RehashLoop::Adopt
  // Tells of a candidate that was refused.
  std::function<void(const std::string&)> refuse;
};

// Exact nearest rows that learned functions should find for a query: as many as
// answers to queries without a plan of their own hold, within limits.
inline std::size_t NumWanted(const QueryPlan& default_plan) {
  constexpr std::size_t kMinWanted = 10;
  constexpr std::size_t kMaxWanted = 100;
  return std::clamp(
      std::min(default_plan.num_active, default_plan.max_candidates),
      kMinWanted, kMaxWanted);
}

// Functions being learned.  Lives for one job of LearnLoop: what it keeps of
// the index, a snapshot or frozen rows, goes with it.
class Candidate {
 public:
  virtual ~Candidate() = default;

  // Goes on training; false once it is trained.
  virtual bool TrainMore() = 0;

  struct Judgement {
    GateVerdict verdict;
    // Of the functions in use from now on, as LookAtRecall measures it; none
    // where it could not be measured.
    std::optional<double> recall;
  };
  // Publishes the functions if the gate lets them pass.
  virtual Judgement JudgeAndAdopt() = 0;
};

// Called by the index's background thread alone, when there is a snapshot.  Its
// parts outlive it.
class Learner {
 public:
  virtual ~Learner() = default;

  // Sets the NumWanted exact nearest rows of queries [first, first + count) of
  // `truths`; of none where the search fails.
  virtual void Search(std::size_t first, std::size_t count,
                      QueryTruths& truths) = 0;

  // How the functions in use do on the queries held back.
  struct Look {
    double recall = 0;     // [0, 1]
    bool dropped = false;  // what had been learned was given up just now
  };
  virtual absl::StatusOr<Look> LookAtRecall(const Lessons& lessons) = 0;

  // `lessons` outlive the candidate.
  virtual std::unique_ptr<Candidate> NewCandidate(const Lessons& lessons) = 0;
};

// Of a PARTITION: which cells queries read; see docs/learning.md.
std::unique_ptr<Learner> MakeRouterLearner(const LearnParts& parts);

// Of SimHash tables: their directions.  To be judged, a candidate needs the
// codes and tables of all rows; they are built aside, and again when it is
// adopted, of the rows of then.
std::unique_ptr<Learner> MakeDirectionLearner(const LearnParts& parts);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_LEARNER_H_
