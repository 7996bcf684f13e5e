#include "core/index/cells_judge.h"

#include "core/learn/router_trainer.h"

namespace mongoose {

std::vector<std::uint32_t> CellsOf(const QueryTruths& truths,
                                   const IndexSnapshot& snapshot,
                                   std::uint32_t hot_name) {
  std::vector<std::uint32_t> cells;
  cells.reserve(truths.all_rows().size());
  for (const RowId row : truths.all_rows()) {
    if (row == kNoRow) {
      cells.push_back(RouterTrainer::kNoCell);
    } else if (snapshot.cells->is_hot(row)) {
      cells.push_back(hot_name);
    } else {
      cells.push_back(snapshot.codes->row(row)[0]);
    }
  }
  return cells;
}

std::vector<std::size_t> CellSizes(const CellRows& cells) {
  std::vector<std::size_t> sizes(cells.num_cells());
  for (std::size_t cell = 0; cell < sizes.size(); ++cell) {
    sizes[cell] = cells.cell_size(cell);
  }
  return sizes;
}

ReadPlan CellsRead(const QueryPlan& plan, const QueryTruths& truths,
                   std::span<const std::size_t> sizes) {
  return {.queries = truths.queries(),
          .num_cells = 1 + plan.num_probes,
          .sizes = sizes};
}

double RowsRead(const IndexSnapshot& snapshot, const QueryPlan& plan,
                const QueryTruths& truths) {
  const auto sizes = CellSizes(*snapshot.cells);
  return MeanRowsRead(*snapshot.partition(), CellsRead(plan, truths, sizes)) +
         static_cast<double>(snapshot.hot_list->size());
}

FoundRows FindWith(const PartitionProjection& partition,
                   const IndexSnapshot& snapshot, const GateCase& judged) {
  const auto hot_name = static_cast<std::uint32_t>(snapshot.cells->num_cells());
  return FindInCells(partition, CellSizes(*snapshot.cells),
                     snapshot.hot_list->size(),
                     CellsOf(judged.held_back, snapshot, hot_name), judged);
}

}  // namespace mongoose
