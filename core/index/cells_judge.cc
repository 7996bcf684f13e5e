#include "core/index/cells_judge.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "core/learn/router_cost.h"

namespace mongoose {

CellLayout LayoutOf(const IndexSnapshot& snapshot) {
  std::vector<std::size_t> sizes(snapshot.cells->num_cells());
  for (std::size_t cell = 0; cell < sizes.size(); ++cell) {
    sizes[cell] = snapshot.cells->cell_size(cell);
  }
  return {*snapshot.codes, std::move(sizes), *snapshot.hot_list};
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
