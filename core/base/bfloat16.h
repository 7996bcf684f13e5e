#ifndef MONGOOSE_CORE_BASE_BFLOAT16_H_
#define MONGOOSE_CORE_BASE_BFLOAT16_H_

#include <bit>
#include <cstdint>

namespace mongoose {

// The upper half of an IEEE-754 binary32.
using Bfloat16 = std::uint16_t;

inline float FromBfloat16(Bfloat16 value) {
  return std::bit_cast<float>(std::uint32_t{value} << 16);
}

// Rounds to nearest, ties to even.  REQUIRES: value is not NaN.
inline Bfloat16 ToBfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounding = 0x7FFFU + ((bits >> 16) & 1U);
  return static_cast<Bfloat16>((bits + rounding) >> 16);
}

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_BFLOAT16_H_
