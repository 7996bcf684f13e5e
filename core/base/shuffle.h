#ifndef MONGOOSE_CORE_BASE_SHUFFLE_H_
#define MONGOOSE_CORE_BASE_SHUFFLE_H_

#include <cstdint>
#include <span>
#include <utility>

#include "core/base/counter_rng.h"

namespace mongoose {

// Puts `values` into random order [Fisher and Yates]; the same on every
// platform, unlike std::shuffle.
template <typename T>
void Shuffle(std::span<T> values, CounterRng& rng) {
  for (auto i = static_cast<std::uint32_t>(values.size()); i > 1; --i) {
    std::swap(values[i - 1], values[rng.NextBelow(i)]);
  }
}

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_SHUFFLE_H_
