#include "core/base/bfloat16.h"

#include <bit>
#include <cmath>
#include <cstdint>

#include <gtest/gtest.h>

#include "tests/support/matrix.h"

namespace mongoose {
namespace {

TEST(Bfloat16Test, ErrsByAtMostHalfAUnitOfTheEighthBit) {
  for (const float v : test_support::GaussianMatrix(1, 10000, 1).values) {
    EXPECT_LE(std::abs(FromBfloat16(ToBfloat16(v)) - v), std::abs(v) / 256);
  }
}

TEST(Bfloat16Test, RoundsTiesToEven) {
  EXPECT_EQ(ToBfloat16(std::bit_cast<float>(0x3F808000U)), 0x3F80);
  EXPECT_EQ(ToBfloat16(std::bit_cast<float>(0x3F818000U)), 0x3F82);
  EXPECT_EQ(ToBfloat16(std::bit_cast<float>(0x3F808001U)), 0x3F81);
}

TEST(Bfloat16Test, EveryFiniteValueSurvivesARoundTrip) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto value = static_cast<Bfloat16>(bits);
    if (!std::isfinite(FromBfloat16(value))) continue;
    ASSERT_EQ(ToBfloat16(FromBfloat16(value)), value);
  }
}

}  // namespace
}  // namespace mongoose
