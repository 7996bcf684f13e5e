// The update step of k-means: anchors from the rows of their cells.
#ifndef MONGOOSE_CORE_LEARN_CELL_MEANS_H_
#define MONGOOSE_CORE_LEARN_CELL_MEANS_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "core/base/counter_rng.h"
#include "core/hash/partition_projection.h"
#include "core/table/cell_sums.h"

namespace mongoose {

// Anchors and spreads, and of how many rows they are.
struct CellMeans {
  PartitionProjection::Cells cells;  // zeros where there are no rows
  std::vector<std::size_t> sizes;    // [num_buckets]
};

// Each anchor at the mean of its rows.
CellMeans MeansOf(const CellSums& sums);
// The same, but a cell without rows keeps the one it has in `old`.
CellMeans MeansOr(const CellSums& sums, const PartitionProjection::Cells& old);

// Gives each cell without rows half of a large cell: both get the large one's
// anchor, turned a little either way.  For anchors that rows are about to be
// assigned to.
void SplitLargest(std::size_t cols, CounterRng& rng, CellMeans& means);

// `cells` with the router of `old`, if that was learned.
std::shared_ptr<const PartitionProjection> WithRouterOf(
    const PartitionProjection& old, PartitionProjection::Cells cells);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_CELL_MEANS_H_
