// What attention over all positions sees, and how much of it chunks keep.
#ifndef MONGOOSE_CORE_ATTENTION_SHARED_ATTENTION_H_
#define MONGOOSE_CORE_ATTENTION_SHARED_ATTENTION_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/matrix_view.h"

namespace mongoose {

// Softmax weights [seq, seq] of shared query-key attention of one head [Kitaev
// et al. 2020]: scores are x_i . x_j / |x_j| / sqrt(dim), and a position sees
// itself not at all.  `causal`: it sees earlier positions only.  Rows of
// positions that see nothing are 0, and so are those of values too large to
// multiply.  O(seq^2 * dim), on the calling thread.
//
// `vectors` [seq, dim], finite.
std::vector<float> SharedAttention(MatrixView<const float> vectors,
                                   bool causal);

// Leaves of each weight what is above twice the mean of those its position
// sees: of even attention nothing.
void KeepStrongAttention(std::size_t seq, bool causal,
                         std::span<float> weights);

// The share of weights [seq, seq] between positions whose chunks are the same
// or, for the key, the one before (for the first the last), in any round; of
// all positions that see anything, in the mean; 0 if there are none.  `order`
// [rounds, seq] is cut into chunks of `chunk`.
double CapturedShare(std::span<const float> weights,
                     std::span<const std::uint32_t> order, std::size_t seq,
                     std::size_t chunk);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_ATTENTION_SHARED_ATTENTION_H_
