// How many rows the hot list of a partition should have.
#ifndef MONGOOSE_CORE_LEARN_HOT_LIST_SIZE_H_
#define MONGOOSE_CORE_LEARN_HOT_LIST_SIZE_H_

#include <cstddef>

#include "core/hash/partition_projection.h"
#include "core/learn/cell_layout.h"
#include "core/learn/query_truths.h"

namespace mongoose {

// The number of hot rows, 0 to three quarters of `rows`, with which queries
// that read `rows` rows each, hot list included, find the most.  Judged by what
// the queries at even places find with the rows that those at odd places want
// most often, and the reverse, reading cells by `partition`: that of `layout`,
// unless another is better by two standard errors.
// O(queries * num_cells * (cols + log(num_cells))).
std::size_t ChooseHotListSize(const CellLayout& layout,
                              const PartitionProjection& partition,
                              const QueryTruths& training, double rows);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_HOT_LIST_SIZE_H_
