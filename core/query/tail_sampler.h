#ifndef MONGOOSE_CORE_QUERY_TAIL_SAMPLER_H_
#define MONGOOSE_CORE_QUERY_TAIL_SAMPLER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/row_id.h"

namespace mongoose {

// A uniform sample without replacement of the rows outside a set.
struct Tail {
  std::vector<RowId> ids;
  // ln((N - |S|) / n): added to the logits of the tail, it makes
  // sum_S e^z + sum_tail e^(z + log_weight) an unbiased estimate of the full
  // softmax normaliser for any set S.
  float log_weight = 0;
};

// Draws min(count, num_rows - |inside|) rows of [0, num_rows) \ inside.  The
// same (seed, stream) and set give the same rows.  REQUIRES: `inside` distinct.
Tail SampleTail(std::size_t num_rows, std::span<const RowId> inside,
                std::size_t count, std::uint64_t seed, std::uint64_t stream);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_TAIL_SAMPLER_H_
