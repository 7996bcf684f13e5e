#include "core/index/cells_judge.h"

#include "core/learn/router_cost.h"

namespace mongoose {

CellLayout LayoutOf(const IndexSnapshot& snapshot) {
  return CellLayout(*snapshot.codes, snapshot.cells->num_cells())
      .WithHotList(*snapshot.hot_list);
}

double RowsRead(const IndexSnapshot& snapshot, const QueryPlan& plan,
                const QueryTruths& truths) {
  const CellLayout layout = LayoutOf(snapshot);
  return MeanRowsRead(*snapshot.partition(),
                      {.queries = truths.queries(),
                       .num_cells = snapshot.CellsRead(plan),
                       .sizes = layout.sizes()}) +
         static_cast<double>(layout.hot_list().size());
}

}  // namespace mongoose
