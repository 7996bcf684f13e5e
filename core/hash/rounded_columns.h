#ifndef MONGOOSE_CORE_HASH_ROUNDED_COLUMNS_H_
#define MONGOOSE_CORE_HASH_ROUNDED_COLUMNS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mongoose {

// Vectors in whole numbers, one a column.
struct RoundedColumns {
  std::vector<std::int8_t> values;  // [padded cols, padded columns]
  // [count] each: what one is worth, 0 for a zero vector, and the squared norm
  // of the whole numbers.
  std::vector<float> steps;
  std::vector<float> squares;
};

// Which column is nearest to a vector, by squared distance: that of the largest
// product * weight - offset * OffsetFactor (LargestKey).
struct NearestColumn {
  float unit = 0;              // the largest step
  std::vector<float> weights;  // [count], steps in units
  std::vector<float> offsets;  // [count], half the squared norms in units
};
NearestColumn NearestColumnOf(const RoundedColumns& columns);

// For a vector whose whole numbers are worth `step`; finite, as large as it may
// be for a zero vector, whose nearest column is the shortest.
inline float OffsetFactor(float unit, float step) {
  constexpr float kLargest = 1e30F;
  return step > 0 ? std::min(unit / step, kLargest) : kLargest;
}

// Each of `vectors` [count, cols] as RoundToAmplitude has it, with the
// amplitude for `cols`; padding is 0.
// REQUIRES: finite; padded_cols >= cols; padded_columns >= count.
RoundedColumns RoundToColumns(std::span<const float> vectors, std::size_t cols,
                              std::size_t padded_cols,
                              std::size_t padded_columns);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_ROUNDED_COLUMNS_H_
