#ifndef MONGOOSE_CORE_SCHEDULE_RETRAIN_RULE_H_
#define MONGOOSE_CORE_SCHEDULE_RETRAIN_RULE_H_

#include <cstddef>
#include <string>

namespace mongoose {

// What the rule may look at; plain numbers, so that decisions can be replayed.
struct LearnPulse {
  std::size_t decisions = 0;      // candidates judged so far
  std::size_t refusals = 0;       // in a row, of the last ones
  std::size_t training = 0;       // queries to learn from
  std::size_t training_then = 0;  // the same at the last decision
  std::size_t held_back = 0;      // queries to judge by
  std::size_t new_queries = 0;    // held back since the last decision
  double recall = 0;              // of the functions in use, now, [0, 1]
  double recall_then = 0;         // the same at the last decision
  bool dropped = false;           // what had been learned was given up just now
  // How many are enough to learn from and to judge by.
  std::size_t least_training = 768;
  std::size_t least_held_back = 256;
};

// Why to learn now; empty: do not.  Learns first when there are queries
// enough; then when there are a quarter more, when what was learned had to be
// dropped, and when recall is lost; where it is not, a refused candidate is
// followed by another after twice as many queries as the one before.
// Stateless.
std::string ReasonToLearn(const LearnPulse& pulse);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_SCHEDULE_RETRAIN_RULE_H_
