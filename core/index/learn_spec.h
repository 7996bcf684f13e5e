#ifndef MONGOOSE_CORE_INDEX_LEARN_SPEC_H_
#define MONGOOSE_CORE_INDEX_LEARN_SPEC_H_

#include <string>

#include "absl/status/status.h"
#include "core/hash/hash_spec.h"
#include "core/learn/direction_loss.h"

namespace mongoose {

enum class LearnMode {
  kOff,
  kManual,  // when asked to, from pairs given
  kAuto,    // by itself, from the queries it answers
};

// What learned functions are to find for a query.
enum class LearnTarget {
  kNeighbours,  // the rows of largest inner product
  kLabels,      // the labels sent with it
};

// How an index learns from its queries.
struct LearnSpec {
  LearnMode mode = LearnMode::kOff;
  LearnTarget target = LearnTarget::kNeighbours;
  DirectionLoss loss = DirectionLoss::kTriplet;  // of family DENSE_GAUSSIAN
  float sample_share = 0.05F;  // of queries learned from, (0, 1]
  float min_gain = 0.005F;     // recall to be gained, [0, 1]
  float max_load = 0.25F;      // share of one thread's time, (0, 1]

  friend bool operator==(const LearnSpec&, const LearnSpec&) = default;
};

// InvalidArgument with field, rule and value; only families learn that
// can (HashSpec::can_learn).
absl::Status ValidateLearnSpec(const LearnSpec& spec, const HashSpec& hash);
// The part of it that says nothing of hash functions.
absl::Status ValidateLearnShares(const LearnSpec& spec);

// FailedPrecondition (LEARNING_OFF) for an index of mode kOff.
absl::Status LearningIsOff(const std::string& index);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_LEARN_SPEC_H_
