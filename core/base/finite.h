#ifndef MONGOOSE_CORE_BASE_FINITE_H_
#define MONGOOSE_CORE_BASE_FINITE_H_

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/matrix_view.h"

namespace mongoose {

// A value of a matrix and where it stands.
struct MatrixEntry {
  std::size_t row = 0;
  std::size_t col = 0;
  float value = 0;
};

// The first NaN or infinity, by row and column.
inline std::optional<MatrixEntry> FindNonFinite(
    MatrixView<const float> matrix) {
  const auto values = matrix.data();
  constexpr std::uint32_t kExponent = 0x7F800000;  // all ones: not finite
  bool found = false;  // without an early exit, so that it vectorises
  for (const float value : values) {
    found |= (std::bit_cast<std::uint32_t>(value) & kExponent) == kExponent;
  }
  if (!found) return std::nullopt;
  std::size_t i = 0;
  while (std::isfinite(values[i])) ++i;
  return MatrixEntry{i / matrix.cols(), i % matrix.cols(), values[i]};
}

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_FINITE_H_
