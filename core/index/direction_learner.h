#ifndef MONGOOSE_CORE_INDEX_DIRECTION_LEARNER_H_
#define MONGOOSE_CORE_INDEX_DIRECTION_LEARNER_H_

#include <cstddef>
#include <memory>

#include "core/index/learner.h"

namespace mongoose {

// Learns the directions of SimHash tables; see docs/learning.md.
//
// To be judged, a candidate needs the codes and tables of all rows; they are
// built aside, and again when it is adopted, of the rows of then.
class DirectionLearner final : public Learner {
 public:
  explicit DirectionLearner(const LearnParts& parts) : parts_(parts) {}

  void Search(std::size_t first, std::size_t count,
              QueryTruths& truths) override;
  absl::StatusOr<Look> LookAtRecall(const Lessons& lessons) override;
  std::unique_ptr<Candidate> NewCandidate(const Lessons& lessons) override;

 private:
  const LearnParts& parts_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_DIRECTION_LEARNER_H_
