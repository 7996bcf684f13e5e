// Hashes many vectors with one projection.
#ifndef MONGOOSE_CORE_HASH_VECTOR_HASHER_H_
#define MONGOOSE_CORE_HASH_VECTOR_HASHER_H_

#include <cstddef>
#include <span>

#include "core/base/frozen_rows.h"
#include "core/base/matrix_view.h"
#include "core/base/row_id.h"
#include "core/hash/code_matrix.h"
#include "core/hash/projection.h"

namespace mongoose {

// Writes the codes of row ids[i] to codes row first + i.  Calls that write
// different rows of `codes` may run at once.
// REQUIRES: ids < rows.layout().num_rows; first + ids.size() <= codes.rows();
// the projection's cols and tables are those of rows and codes.
void HashRows(const Projection& projection, const FrozenRows& rows,
              std::span<const RowId> ids, std::size_t first, CodeMatrix& codes);

// Row ids[i], with the means of rows subtracted, to row i of `out`
// [ids.size(), cols]: what HashRows hashes.
void ReadCentredRows(const Projection& projection, const FrozenRows& rows,
                     std::span<const RowId> ids, std::span<float> out);

// Hashes queries [batch, cols] into codes rows [0, batch).  Unless `margins`
// is empty, also writes the signed distance behind each bit, [batch, num_bits].
void HashQueries(const Projection& projection, MatrixView<const float> queries,
                 CodeMatrix& codes, std::span<float> margins);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_VECTOR_HASHER_H_
