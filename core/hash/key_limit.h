#ifndef MONGOOSE_CORE_HASH_KEY_LIMIT_H_
#define MONGOOSE_CORE_HASH_KEY_LIMIT_H_

#include <cstddef>
#include <span>

#include "core/hash/code_matrix.h"

namespace mongoose {

// A limit for the `count` largest keys: those above it, and `num_ties` of the
// keys equal to it.
struct KeyLimit {
  float limit = 0;
  std::size_t num_ties = 0;
};
// O(keys), some 20 passes of a few instructions each.
// REQUIRES: 0 < count <= keys.size(); no NaN.
KeyLimit LimitOfLargest(std::span<const float> keys, std::size_t count);

// The places of the places.size() largest keys, ascending; of equal keys, the
// first.  REQUIRES: as LimitOfLargest; at most 65536 keys.
void PlacesOfLargest(std::span<const float> keys, std::span<Code> places);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_KEY_LIMIT_H_
