#ifndef MONGOOSE_CORE_LEARN_DIRECTION_LOSS_H_
#define MONGOOSE_CORE_LEARN_DIRECTION_LOSS_H_

#include <cstddef>
#include <span>

namespace mongoose {

// What a table should make of a query q, a row w+ wanted for it and another row
// w-, agreement(q, w) being the sum over the table's bits of
// tanh(q d) tanh(w d).
enum class DirectionLoss {
  // max(0, margin - (agreement(q, w+) - agreement(q, w-)) / bits)
  // [MONGOOSE Eq. 3].
  kTriplet,
  // The cross-entropies of sigmoid(agreement) with 1 for w+ and 0 for w-,
  // divided by the number of bits [MONGOOSE's released code].
  kPairwise,
};

// Replaces the soft bits, tanh of the products, of one triplet by the gradients
// of the sum of the tables' losses.  REQUIRES: spans of one size, a multiple of
// bits_per_table.
void LossGradients(DirectionLoss loss, std::size_t bits_per_table,
                   std::span<float> query, std::span<float> wanted,
                   std::span<float> other);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_DIRECTION_LOSS_H_
