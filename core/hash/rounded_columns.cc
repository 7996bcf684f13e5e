#include "core/hash/rounded_columns.h"

#include <cassert>
#include <cmath>
#include <numeric>

#include "core/hash/integer_gemm.h"
#include "core/hash/integer_kernels.h"

namespace mongoose {
namespace {

// 1 / |v|; 0 for a zero vector.
float InverseNorm(std::span<const std::int8_t> v) {
  const std::int64_t square =
      std::inner_product(v.begin(), v.end(), v.begin(), std::int64_t{0});
  if (square == 0) return 0;
  return static_cast<float>(1.0 / std::sqrt(static_cast<double>(square)));
}

}  // namespace

RoundedColumns RoundToColumns(std::span<const float> vectors, std::size_t cols,
                              std::size_t padded_cols,
                              std::size_t padded_columns) {
  const std::size_t count = vectors.size() / cols;
  assert(padded_cols >= cols && padded_columns >= count);
  RoundedColumns out{.values = std::vector<std::int8_t>(
                         padded_cols * padded_columns, std::int8_t{0}),
                     .steps = std::vector<float>(count),
                     .inverse_norms = std::vector<float>(count)};
  std::vector<std::int8_t> rounded(cols);
  for (std::size_t c = 0; c < count; ++c) {
    out.steps[c] =
        RoundToAmplitude(vectors.subspan(c * cols, cols),
                         IntegerGemm::Amplitude(cols), rounded.data());
    out.inverse_norms[c] = InverseNorm(rounded);
    for (std::size_t i = 0; i < cols; ++i) {
      out.values[i * padded_columns + c] = rounded[i];
    }
  }
  return out;
}

}  // namespace mongoose
