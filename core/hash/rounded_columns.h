#ifndef MONGOOSE_CORE_HASH_ROUNDED_COLUMNS_H_
#define MONGOOSE_CORE_HASH_ROUNDED_COLUMNS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mongoose {

// Vectors in whole numbers, one a column.
struct RoundedColumns {
  std::vector<std::int8_t> values;  // [padded cols, padded columns]
  // [count] each: what one is worth, and 1 / norm of the whole numbers; 0 for
  // a zero vector.
  std::vector<float> steps;
  std::vector<float> inverse_norms;
};

// Each of `vectors` [count, cols] as RoundToAmplitude has it, with the
// amplitude for `cols`; padding is 0.
// REQUIRES: finite; padded_cols >= cols; padded_columns >= count.
RoundedColumns RoundToColumns(std::span<const float> vectors, std::size_t cols,
                              std::size_t padded_cols,
                              std::size_t padded_columns);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_ROUNDED_COLUMNS_H_
