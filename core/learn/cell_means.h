// The update step of k-means: anchors from the rows of their cells.
#ifndef MONGOOSE_CORE_LEARN_CELL_MEANS_H_
#define MONGOOSE_CORE_LEARN_CELL_MEANS_H_

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/base/counter_rng.h"
#include "core/base/frozen_rows.h"
#include "core/base/row_id.h"
#include "core/hash/code_matrix.h"
#include "core/hash/hash_spec.h"
#include "core/hash/partition_projection.h"

namespace mongoose {

// Anchors and spreads, and of how many rows they are.
struct CellMeans {
  PartitionProjection::Cells cells;  // zeros where there are no rows
  std::vector<std::size_t> sizes;    // [num_buckets]
};

// Of the cells of rows `ids`, row i of `codes` being the cell of ids[i].  Sums
// run in the order of `ids`, so that they are the same everywhere.
// O(ids * cols), on the calling thread.
CellMeans MeansOfCells(const HashSpec& spec, const FrozenRows& rows,
                       std::span<const RowId> ids, const CodeMatrix& codes);

// Gives each cell without rows half of a large cell: both get the large one's
// anchor, turned a little either way.  For anchors that rows are about to be
// assigned to.
void SplitLargest(std::size_t cols, CounterRng& rng, CellMeans& means);

// Each anchor at the mean of the rows now in its cell, `codes` being those of
// all rows; a cell without rows keeps the one it has in `old`.  So anchors go
// where their rows go, without any row being hashed.
CellMeans FollowRows(const HashSpec& spec,
                     const PartitionProjection::Cells& old,
                     const FrozenRows& rows, const CodeMatrix& codes);

// `cells` with the router of `old`, if that was learned.
std::shared_ptr<const PartitionProjection> WithRouterOf(
    const PartitionProjection& old, PartitionProjection::Cells cells);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_CELL_MEANS_H_
