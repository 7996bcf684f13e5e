// SIMD kernels that compare one query with many scattered rows.
#ifndef MONGOOSE_CORE_QUERY_SCORE_KERNELS_H_
#define MONGOOSE_CORE_QUERY_SCORE_KERNELS_H_

#include <cstdint>
#include <span>

#include "core/base/frozen_rows.h"
#include "core/base/row_id.h"
#include "core/hash/code_matrix.h"

namespace mongoose {

// scores[i] = inner product of `query` and row ids[i], in fp32.
// REQUIRES: query.size() == rows.layout().stride(), zero-padded;
// scores.size() == ids.size().
void ScoreRows(const FrozenRows& rows, std::span<const float> query,
               std::span<const RowId> ids, std::span<float> scores);

// distances[i] = differing bits of the query's codes and those of row ids[i].
// REQUIRES: query points to codes.stride() codes, zero-padded.
void HammingDistances(const CodeMatrix& codes, const Code* query,
                      std::span<const RowId> ids,
                      std::span<std::uint16_t> distances);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_SCORE_KERNELS_H_
