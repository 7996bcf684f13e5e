// Where the rows of a partition stand, as queries read them.
#ifndef MONGOOSE_CORE_LEARN_CELL_LAYOUT_H_
#define MONGOOSE_CORE_LEARN_CELL_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/base/row_id.h"
#include "core/hash/code_matrix.h"
#include "core/hash/partition_projection.h"
#include "core/learn/hash_gate.h"
#include "core/learn/query_truths.h"

namespace mongoose {

// Row i stands in cell codes.row(i)[0], unless it is in the hot list, which all
// queries read.  A view; the codes and the hot list outlive it.
class CellLayout {
 public:
  // Without a hot list.  O(rows).  REQUIRES: codes < num_cells.
  CellLayout(const CodeMatrix& codes, std::size_t num_cells);

  // With a hot list, ascending; `sizes` [num_cells] are without its rows.
  CellLayout(const CodeMatrix& codes, std::vector<std::size_t> sizes,
             std::span<const RowId> hot_list)
      : codes_(&codes), hot_list_(hot_list), sizes_(std::move(sizes)) {}

  // The same cells with another hot list, ascending.  O(hot rows + cells).
  CellLayout WithHotList(std::span<const RowId> hot_list) const;

  // Rows of each cell without those of the hot list, [num_cells].
  std::span<const std::size_t> sizes() const { return sizes_; }
  std::span<const RowId> hot_list() const { return hot_list_; }

  // The cell of each wanted row [queries, max_rows]: `hot_name` for rows of
  // the hot list, RouterTrainer::kNoCell for kNoRow.
  std::vector<std::uint32_t> CellsOf(const QueryTruths& truths,
                                     std::uint32_t hot_name) const;

 private:
  const CodeMatrix* codes_;
  std::span<const RowId> hot_list_;
  std::vector<std::size_t> sizes_;
};

// What a partition would find of the layout's rows; see FindInCells.
FoundRows FindIn(const CellLayout& layout, const PartitionProjection& partition,
                 const GateCase& judged);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_CELL_LAYOUT_H_
