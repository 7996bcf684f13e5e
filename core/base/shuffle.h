#ifndef MONGOOSE_CORE_BASE_SHUFFLE_H_
#define MONGOOSE_CORE_BASE_SHUFFLE_H_

#include <algorithm>
#include <cstddef>
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

// Shuffles `values` and visits them, `batch` at a time.
template <typename T, typename Visit>
void ForEachShuffledBatch(std::span<T> values, std::size_t batch,
                          CounterRng& rng, Visit visit) {
  Shuffle(values, rng);
  for (std::size_t first = 0; first < values.size(); first += batch) {
    visit(values.subspan(first, std::min(batch, values.size() - first)));
  }
}

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_SHUFFLE_H_
