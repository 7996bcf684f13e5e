#include "core/index/snapshot_change.h"

#include <algorithm>
#include <bit>
#include <vector>

namespace mongoose {

CodeChange CompareCodes(const CodeMatrix& before, const CodeMatrix& after,
                        std::span<const RowId> rows, std::size_t num_bits) {
  std::size_t entries = 0;
  std::size_t bits = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t table = 0; table < before.tables(); ++table) {
      const auto difference =
          static_cast<Code>(before.row(rows[i])[table] ^ after.row(i)[table]);
      entries += difference != 0 ? 1 : 0;
      bits += static_cast<std::size_t>(std::popcount(difference));
    }
  }
  const auto num_rows = static_cast<double>(rows.size());
  return {.entries = static_cast<double>(entries) /
                     (num_rows * static_cast<double>(before.tables())),
          .bits = static_cast<double>(bits) /
                  (num_rows * static_cast<double>(num_bits))};
}

std::size_t CountChangedCells(const CodeMatrix& before, const CodeMatrix& after,
                              std::span<const RowId> ids) {
  const auto changed = [&](RowId row) {
    return before.row(row)[0] != after.row(row)[0];
  };
  return static_cast<std::size_t>(std::ranges::count_if(ids, changed));
}

double MeanDistance(const CellRows& cells, const FrozenRows& rows,
                    std::span<const RowId> ids) {
  std::vector<float> row(rows.layout().cols);
  double sum = 0;
  for (const RowId id : ids) {
    rows.CopyRow(id, row);
    sum += cells.DistanceTo(id, row);
  }
  return sum / static_cast<double>(ids.size());
}

}  // namespace mongoose
