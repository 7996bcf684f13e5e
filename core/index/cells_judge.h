// What the gate asks of a snapshot of cells: where wanted rows are, what a plan
// reads, what a partition finds.
//
// Functions are pure; snapshots have cells and a hot list.
#ifndef MONGOOSE_CORE_INDEX_CELLS_JUDGE_H_
#define MONGOOSE_CORE_INDEX_CELLS_JUDGE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/hash/partition_projection.h"
#include "core/learn/hash_gate.h"
#include "core/learn/query_truths.h"
#include "core/learn/router_cost.h"
#include "core/query/index_snapshot.h"
#include "core/query/query_plan.h"

namespace mongoose {

// The cell of each wanted row [queries, QueryTruths::kMaxRows]: `hot_name` for
// rows of the hot list, RouterTrainer::kNoCell for kNoRow.
std::vector<std::uint32_t> CellsOf(const QueryTruths& truths,
                                   const IndexSnapshot& snapshot,
                                   std::uint32_t hot_name);

std::vector<std::size_t> CellSizes(const CellRows& cells);

// What a plan reads for the queries without the hot list; `sizes` are those of
// the snapshot's cells and must outlive the result.
ReadPlan CellsRead(const QueryPlan& plan, const QueryTruths& truths,
                   std::span<const std::size_t> sizes);

// Rows that a plan reads for a query, on average.
double RowsRead(const IndexSnapshot& snapshot, const QueryPlan& plan,
                const QueryTruths& truths);

// What a partition would find of the snapshot's cells.
FoundRows FindWith(const PartitionProjection& partition,
                   const IndexSnapshot& snapshot, const GateCase& judged);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_CELLS_JUDGE_H_
