#include "core/learn/cell_layout.h"

#include <algorithm>

#include "core/learn/router_trainer.h"

namespace mongoose {

CellLayout::CellLayout(const CodeMatrix& codes, std::size_t num_cells)
    : codes_(&codes), sizes_(num_cells) {
  for (std::size_t row = 0; row < codes.rows(); ++row) {
    ++sizes_[codes.row(row)[0]];
  }
}

CellLayout CellLayout::WithHotList(std::span<const RowId> hot_list) const {
  CellLayout out = *this;
  for (const RowId row : hot_list_) ++out.sizes_[codes_->row(row)[0]];
  for (const RowId row : hot_list) --out.sizes_[codes_->row(row)[0]];
  out.hot_list_ = hot_list;
  return out;
}

std::vector<std::uint32_t> CellLayout::CellsOf(const QueryTruths& truths,
                                               std::uint32_t hot_name) const {
  std::vector<std::uint32_t> cells;
  cells.reserve(truths.all_rows().size());
  for (const RowId row : truths.all_rows()) {
    if (row == kNoRow) {
      cells.push_back(RouterTrainer::kNoCell);
    } else if (std::ranges::binary_search(hot_list_, row)) {
      cells.push_back(hot_name);
    } else {
      cells.push_back(codes_->row(row)[0]);
    }
  }
  return cells;
}

FoundRows FindIn(const CellLayout& layout, const PartitionProjection& partition,
                 const GateCase& judged) {
  const auto hot_name = static_cast<std::uint32_t>(layout.sizes().size());
  return FindInCells(partition, layout.sizes(), layout.hot_list().size(),
                     layout.CellsOf(judged.held_back, hot_name), judged);
}

}  // namespace mongoose
