#ifndef MONGOOSE_CORE_QUERY_INDEX_SNAPSHOT_H_
#define MONGOOSE_CORE_QUERY_INDEX_SNAPSHOT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/row_id.h"
#include "core/hash/code_matrix.h"
#include "core/hash/partition_projection.h"
#include "core/hash/projection.h"
#include "core/hash/sketch.h"
#include "core/query/query_plan.h"
#include "core/table/cell_rows.h"
#include "core/table/tables.h"

namespace mongoose {

// What queries read: functions and the tables made with them, published
// together.  Of a PARTITION, whose anchors follow their rows, a row's cell is
// that of the anchors when it was hashed last.  Immutable; share through
// shared_ptr<const>.
struct IndexSnapshot {
  std::uint64_t version = 0;          // counts published snapshots from 1
  std::uint64_t hashed_sequence = 0;  // update chunks the codes reflect
  std::shared_ptr<const Projection> projection;
  std::shared_ptr<const CodeMatrix> codes;
  std::shared_ptr<const Tables> tables;   // none of a PARTITION: it has cells
  std::shared_ptr<const Sketch> sketch;   // null without sketch_bits
  std::shared_ptr<const CellRows> cells;  // only of a PARTITION
  std::shared_ptr<const std::vector<RowId>> hot_list;  // proposed to all
  // Of a PARTITION: cells that queries read fewer of, for a hot list that
  // learning chose; below 0: more.
  std::ptrdiff_t cells_replaced = 0;

  // The functions of a PARTITION; null of other families.
  const PartitionProjection* partition() const {
    if (!projection->spec().is_partition()) return nullptr;
    return static_cast<const PartitionProjection*>(projection.get());
  }

  // Cells that a plan reads for a query, [1, all]: those it asks for without
  // the ones replaced, but all where it asks for all.
  // REQUIRES: a PARTITION.
  std::size_t CellsRead(const QueryPlan& plan) const {
    return CellsRead(plan, cells_replaced);
  }
  // The same with another hot list.
  std::size_t CellsRead(const QueryPlan& plan, std::ptrdiff_t replaced) const {
    const std::size_t all = cells->num_cells();
    const std::size_t asked = 1 + plan.num_probes;
    if (asked >= all) return all;
    const std::ptrdiff_t read = static_cast<std::ptrdiff_t>(asked) - replaced;
    return static_cast<std::size_t>(
        std::clamp(read, std::ptrdiff_t{1}, static_cast<std::ptrdiff_t>(all)));
  }

  // Without the functions and the hot list, which are small.
  std::size_t bytes() const {
    return codes->bytes() + tables->bytes() +
           (sketch == nullptr ? 0 : sketch->bytes()) +
           (cells == nullptr ? 0 : cells->bytes());
  }
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_INDEX_SNAPSHOT_H_
