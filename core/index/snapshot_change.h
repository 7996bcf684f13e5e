// How rows differ from what a snapshot keeps of them.
#ifndef MONGOOSE_CORE_INDEX_SNAPSHOT_CHANGE_H_
#define MONGOOSE_CORE_INDEX_SNAPSHOT_CHANGE_H_

#include <cstddef>
#include <span>

#include "core/base/frozen_rows.h"
#include "core/base/row_id.h"
#include "core/hash/code_matrix.h"
#include "core/table/cell_rows.h"

namespace mongoose {

// Shares of table entries and of code bits that differ, [0, 1].
struct CodeChange {
  double entries = 0;
  double bits = 0;
};
// Between row rows[i] of `before` and row i of `after`, all tables together
// having `num_bits` bits.  REQUIRES: rows are not empty.
CodeChange CompareCodes(const CodeMatrix& before, const CodeMatrix& after,
                        std::span<const RowId> rows, std::size_t num_bits);

// How many of `ids` have another cell, the code of their one table.
std::size_t CountChangedCells(const CodeMatrix& before, const CodeMatrix& after,
                              std::span<const RowId> ids);

// Of `ids`, between the values kept and the rows; see CellRows::DistanceTo.
// REQUIRES: ids are not empty.
double MeanDistance(const CellRows& cells, const FrozenRows& rows,
                    std::span<const RowId> ids);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_SNAPSHOT_CHANGE_H_
