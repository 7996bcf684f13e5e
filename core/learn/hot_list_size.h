// How many rows the hot list of a partition should have.
#ifndef MONGOOSE_CORE_LEARN_HOT_LIST_SIZE_H_
#define MONGOOSE_CORE_LEARN_HOT_LIST_SIZE_H_

#include <cstddef>
#include <optional>

#include "core/hash/partition_projection.h"
#include "core/learn/cell_layout.h"
#include "core/learn/query_truths.h"

namespace mongoose {

// What queries may read.
struct HotListRoom {
  double rows = 0;           // of each, hot list included
  std::size_t hot_rows = 0;  // of them, at most in the hot list, if a cell fits
};

// The number of hot rows, 0 to seven eighths of the rows read, with which
// queries find the most, if that is more than the list of `layout` finds, by
// three standard errors; else none.  Judged by what half of the queries, at
// most 1,536 in all, find with the rows that the others want most often, and
// the reverse, reading cells by `partition`. O(queries * num_cells * cols) a
// size tried.
std::optional<std::size_t> ChooseHotListSize(
    const CellLayout& layout, const PartitionProjection& partition,
    const QueryTruths& training, const HotListRoom& room);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_HOT_LIST_SIZE_H_
