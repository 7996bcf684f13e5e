#ifndef MONGOOSE_CORE_INDEX_LEARN_COUNTS_H_
#define MONGOOSE_CORE_INDEX_LEARN_COUNTS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/learn/hash_gate.h"

namespace mongoose {

// What learning has done since the index was created.
struct LearnCounts {
  std::size_t training_queries = 0;   // kept to learn from; attention: heads
  std::size_t held_back_queries = 0;  // kept to judge by; attention: heads
  std::uint64_t adopted = 0;          // candidates
  std::uint64_t refused = 0;          // candidates
  std::uint64_t dropped = 0;  // adopted routers given up for the anchors alone
  double seconds = 0;         // spent on all of it
  GateVerdict last;           // of the newest candidate
  std::string last_trigger;   // why it was learned
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_LEARN_COUNTS_H_
