#ifndef MONGOOSE_CORE_INDEX_ROUTER_LEARNER_H_
#define MONGOOSE_CORE_INDEX_ROUTER_LEARNER_H_

#include <cstddef>
#include <memory>

#include "core/index/learner.h"

namespace mongoose {

// Learns which cells of a PARTITION queries read; see docs/learning.md.
class RouterLearner final : public Learner {
 public:
  explicit RouterLearner(const LearnParts& parts) : parts_(parts) {}

  // By reading all cells.
  void Search(std::size_t first, std::size_t count,
              QueryTruths& truths) override;
  // Goes back to the anchors alone if they find more by now than the router
  // learned, at the number of rows that was read before.
  absl::StatusOr<Look> LookAtRecall(const Lessons& lessons) override;
  std::unique_ptr<Candidate> NewCandidate(const Lessons& lessons) override;

 private:
  const LearnParts& parts_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_ROUTER_LEARNER_H_
