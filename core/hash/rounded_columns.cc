#include "core/hash/rounded_columns.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "core/hash/integer_gemm.h"
#include "core/hash/integer_kernels.h"

namespace mongoose {
RoundedColumns RoundToColumns(std::span<const float> vectors, std::size_t cols,
                              std::size_t padded_cols,
                              std::size_t padded_columns) {
  const std::size_t count = vectors.size() / cols;
  assert(padded_cols >= cols && padded_columns >= count);
  RoundedColumns out{.values = std::vector<std::int8_t>(
                         padded_cols * padded_columns, std::int8_t{0}),
                     .steps = std::vector<float>(count),
                     .squares = std::vector<float>(count)};
  std::vector<std::int8_t> rounded(cols);
  for (std::size_t c = 0; c < count; ++c) {
    out.steps[c] =
        RoundToAmplitude(vectors.subspan(c * cols, cols),
                         IntegerGemm::Amplitude(cols), rounded.data());
    out.squares[c] = static_cast<float>(std::inner_product(
        rounded.begin(), rounded.end(), rounded.begin(), std::int64_t{0}));
    for (std::size_t i = 0; i < cols; ++i) {
      out.values[i * padded_columns + c] = rounded[i];
    }
  }
  return out;
}

NearestColumn NearestColumnOf(const RoundedColumns& columns) {
  NearestColumn nearest{.unit = std::ranges::max(columns.steps),
                        .weights = columns.steps,
                        .offsets = columns.squares};
  for (std::size_t c = 0; c < columns.steps.size(); ++c) {
    if (nearest.unit > 0) nearest.weights[c] /= nearest.unit;
    nearest.offsets[c] *= nearest.weights[c] * nearest.weights[c] / 2;
  }
  return nearest;
}

}  // namespace mongoose
