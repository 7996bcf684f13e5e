#include "core/query/tail_sampler.h"

#include <algorithm>
#include <cmath>

#include "absl/container/flat_hash_set.h"
#include "core/base/counter_rng.h"

namespace mongoose {

Tail SampleTail(std::size_t num_rows, std::span<const RowId> inside,
                std::size_t count, std::uint64_t seed, std::uint64_t stream) {
  const std::size_t outside = num_rows - inside.size();
  Tail tail;
  const std::size_t draws = std::min(count, outside);
  if (draws == 0) return tail;
  tail.log_weight = static_cast<float>(
      std::log(static_cast<double>(outside) / static_cast<double>(draws)));
  absl::flat_hash_set<RowId> taken(inside.begin(), inside.end());
  CounterRng rng(seed, stream);
  if (draws * 2 < outside) {
    while (tail.ids.size() < draws) {
      const RowId row = rng.NextBelow(static_cast<std::uint32_t>(num_rows));
      if (taken.insert(row).second) tail.ids.push_back(row);
    }
    return tail;
  }
  // Most rows are wanted: list them all and shuffle the front.
  for (RowId row = 0; row < num_rows; ++row) {
    if (!taken.contains(row)) tail.ids.push_back(row);
  }
  for (std::size_t i = 0; i < draws; ++i) {
    const auto left = static_cast<std::uint32_t>(tail.ids.size() - i);
    std::swap(tail.ids[i], tail.ids[i + rng.NextBelow(left)]);
  }
  tail.ids.resize(draws);
  return tail;
}

}  // namespace mongoose
