// What the gate asks of a snapshot of cells.
//
// Functions are pure; snapshots have cells and a hot list.
#ifndef MONGOOSE_CORE_INDEX_CELLS_JUDGE_H_
#define MONGOOSE_CORE_INDEX_CELLS_JUDGE_H_

#include "core/learn/cell_layout.h"
#include "core/learn/query_truths.h"
#include "core/query/index_snapshot.h"
#include "core/query/query_plan.h"

namespace mongoose {

// A view of the snapshot.
CellLayout LayoutOf(const IndexSnapshot& snapshot);

// Rows that a plan reads for a query, hot list included, on average.
double RowsRead(const IndexSnapshot& snapshot, const QueryPlan& plan,
                const QueryTruths& truths);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_CELLS_JUDGE_H_
