// Candidates by scoring, in int8, the rows of the cells nearest to each query.
#ifndef MONGOOSE_CORE_QUERY_CELL_SCAN_H_
#define MONGOOSE_CORE_QUERY_CELL_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/aligned_vector.h"
#include "core/base/matrix_view.h"
#include "core/base/row_id.h"
#include "core/hash/partition_projection.h"
#include "core/query/int8_kernels.h"
#include "core/table/cell_rows.h"

namespace mongoose {

// Finds the `count` rows of largest (int8 inner product, then smallest id) for
// each of a few queries, among the hot list and those of its `num_cells`
// nearest cells.  A cell
// is read once for all queries that it is near to, so that a batch costs less
// than its queries one by one.
//
// The answer for one query does not depend on the others.
// O(scanned rows * cols) byte products; memory O(queries * count).
class CellScan {
 public:
  // REQUIRES: at most 65536 queries; num_cells <= num_buckets; count
  // > 0; the rows' cells are the partition's.
  CellScan(const PartitionProjection& partition, const CellRows& rows,
           MatrixView<const float> queries, std::size_t num_cells,
           std::size_t count);

  // The rows found for a query, in no order, and their keys in units of the
  // query's step.
  std::span<const RowId> nearest(std::size_t query) const {
    return std::span(rows_).subspan(query * room_, Found(query));
  }
  std::span<const float> keys(std::size_t query) const {
    return std::span(keys_).subspan(query * room_, Found(query));
  }
  // Rows scored for a query.
  std::size_t num_scored(std::size_t query) const { return num_scored_[query]; }

 private:
  std::size_t Found(std::size_t query) const {
    return static_cast<std::size_t>(cursors_[query].keys_end -
                                    &keys_[query * room_]);
  }
  // The queries near to each cell: places_[starts_[cell]] and on.
  void AssignCells(std::span<const Code> nearest, std::size_t num_cells,
                   std::size_t num_buckets);
  void ScanCell(const CellRows& rows, std::size_t cell,
                std::span<const std::uint16_t> places);
  // Keeps the nearest `count_` rows found so far; later ones must be nearer.
  void Trim(NearCursor& cursor);

  const std::size_t count_;
  const std::size_t room_;  // for rows of a query, more than count_
  Int8Queries queries_;
  UninitializedVector<float> keys_;      // [queries, room_]
  UninitializedVector<RowId> rows_;      // [queries, room_]
  std::vector<NearCursor> cursors_;      // [queries]
  std::vector<std::size_t> num_scored_;  // [queries]
  std::vector<std::uint32_t> starts_;    // [cells + 1]
  std::vector<std::uint16_t> places_;    // queries by cell
  std::vector<NearCursor> group_;        // of one cell
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_CELL_SCAN_H_
