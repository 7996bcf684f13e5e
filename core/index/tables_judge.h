// What the gate asks of a snapshot of tables: what a plan finds in them.
//
// Functions are pure.
#ifndef MONGOOSE_CORE_INDEX_TABLES_JUDGE_H_
#define MONGOOSE_CORE_INDEX_TABLES_JUDGE_H_

#include <cstddef>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/backend/backend.h"
#include "core/base/frozen_rows.h"
#include "core/learn/hash_gate.h"
#include "core/query/index_snapshot.h"
#include "core/query/query_plan.h"
#include "core/query/query_workspace.h"

namespace mongoose {

// What a query is judged on, besides its plan.
struct TablesCase {
  const Backend& backend;
  WorkspacePool& workspaces;
  const FrozenRows& rows;
};

// The candidates of a plan, which would be ranked by exact scores.
struct TablesAnswer {
  FoundRows found;
  std::vector<std::size_t> kept;  // by the cut, of each query; no hot list
  double proposed = 0;            // before the cut, mean
};

// Errors are those of the backend.
absl::StatusOr<TablesAnswer> FindWith(const TablesCase& tables,
                                      const IndexSnapshot& snapshot,
                                      const QueryPlan& plan,
                                      const GateCase& judged);

// Of all queries.  REQUIRES: not empty.
double MeanKept(const TablesAnswer& answer);

// The largest cut, at least 1, with which queries that now keep `kept` rows
// keep at most `mean` on average.  REQUIRES: `kept` is not empty.
std::size_t LevelCut(std::span<const std::size_t> kept, double mean);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_TABLES_JUDGE_H_
