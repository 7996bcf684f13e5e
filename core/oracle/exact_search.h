// The exact answer, to measure the index against.
#ifndef MONGOOSE_CORE_ORACLE_EXACT_SEARCH_H_
#define MONGOOSE_CORE_ORACLE_EXACT_SEARCH_H_

#include <cstddef>
#include <span>
#include <vector>

#include "core/base/frozen_rows.h"
#include "core/base/matrix_view.h"
#include "core/base/row_id.h"

namespace mongoose {

// The k rows of largest inner product with each query, best first, shape
// [queries, min(k, num_rows)], by FAISS on one thread.  O(queries * rows *
// cols): for samples and tests, never on the path of a query.
// REQUIRES: queries.cols() == rows.layout().cols.
std::vector<RowId> ExactTopRows(const FrozenRows& rows,
                                MatrixView<const float> queries, std::size_t k);

// Share of `truth` that stands in `found`, [0, 1]; 1 when truth is empty.
double Recall(std::span<const RowId> truth, std::span<const RowId> found);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_ORACLE_EXACT_SEARCH_H_
