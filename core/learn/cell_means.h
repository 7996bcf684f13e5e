// The update step of k-means: anchors from the rows of their cells.
#ifndef MONGOOSE_CORE_LEARN_CELL_MEANS_H_
#define MONGOOSE_CORE_LEARN_CELL_MEANS_H_

#include <memory>
#include <span>

#include "core/base/counter_rng.h"
#include "core/base/frozen_rows.h"
#include "core/base/row_id.h"
#include "core/hash/code_matrix.h"
#include "core/hash/hash_spec.h"
#include "core/hash/partition_projection.h"

namespace mongoose {

// Anchors and spreads of the cells of rows `ids`, row i of `codes` being the
// cell of ids[i].  A cell without rows takes half of the largest one, turned a
// little by `split_rng`.  Sums run in the order of `ids`, so that they are the
// same everywhere.  O(ids * cols).
PartitionProjection::Cells MeansOfCells(const HashSpec& spec,
                                        const FrozenRows& rows,
                                        std::span<const RowId> ids,
                                        const CodeMatrix& codes,
                                        CounterRng& split_rng);

// `old` with each anchor at the mean of the rows now in its cell, `codes` being
// those of all rows; a learned router is carried over.  So anchors go where
// their rows go, without any row being hashed.
std::shared_ptr<const PartitionProjection> FollowRows(
    const PartitionProjection& old, const FrozenRows& rows,
    const CodeMatrix& codes);

// `cells` with the router of `old`, if that was learned.
std::shared_ptr<const PartitionProjection> WithRouterOf(
    const PartitionProjection& old, PartitionProjection::Cells cells);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_CELL_MEANS_H_
