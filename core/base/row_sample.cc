#include "core/base/row_sample.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <numeric>

namespace mongoose {
namespace {

// REQUIRES: count <= num_rows / 2, so that few draws repeat another.
std::vector<RowId> DrawRows(std::size_t num_rows, std::size_t count,
                            CounterRng& rng) {
  std::vector<RowId> rows;
  while (rows.size() < count) {
    // Drawn in batches: later ones replace the repeats of those before.
    for (std::size_t left = count - rows.size(); left > 0; --left) {
      rows.push_back(rng.NextBelow(static_cast<std::uint32_t>(num_rows)));
    }
    std::ranges::sort(rows);
    const auto repeats = std::ranges::unique(rows);
    rows.erase(repeats.begin(), repeats.end());
  }
  return rows;
}

}  // namespace

std::vector<RowId> SampleRows(std::size_t num_rows, std::size_t count,
                              CounterRng& rng) {
  if (count <= num_rows / 2) return DrawRows(num_rows, count, rng);
  std::vector<RowId> all(num_rows);
  std::iota(all.begin(), all.end(), RowId{0});
  if (count >= num_rows) return all;
  std::vector<RowId> rows;
  std::ranges::set_difference(all, DrawRows(num_rows, num_rows - count, rng),
                              std::back_inserter(rows));
  return rows;
}

}  // namespace mongoose
