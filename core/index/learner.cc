#include "core/index/learner.h"

#include "core/index/direction_learner.h"
#include "core/index/router_learner.h"

namespace mongoose {

std::unique_ptr<Learner> MakeLearner(const LearnParts& parts) {
  if (parts.spec.hash.is_partition()) {
    return std::make_unique<RouterLearner>(parts);
  }
  return std::make_unique<DirectionLearner>(parts);
}

}  // namespace mongoose
