#include "core/base/aligned_vector.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace mongoose {
namespace {

TEST(AlignedVectorTest, StartsAtACacheLine) {
  for (std::size_t size = 1; size < 200; size += 13) {
    const AlignedVector<float> v(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(v.data()) % 64, 0U);
  }
}

TEST(AlignedVectorTest, MemoryForHugePagesStartsAtOne) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  const std::vector<std::uint8_t, UninitializedAllocator<std::uint8_t>> v(4 *
                                                                          kMiB);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(v.data()) % (2 * kMiB), 0U);
}

TEST(AlignedVectorTest, SmallAndLargeMemoryIsAlignedAndKeepsItsValues) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{4095},
                                  4 * kMiB - 1, 4 * kMiB, 5 * kMiB + 3}) {
    AlignedVector<std::uint8_t> values(bytes, 7);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(values.data()) % 64, 0U);
    values.back() = 9;
    values.resize(2 * bytes, 1);
    EXPECT_EQ(values.front(), bytes == 1 ? 9 : 7);
    EXPECT_EQ(values[bytes - 1], 9);
    EXPECT_EQ(values.back(), 1);
  }
}

}  // namespace
}  // namespace mongoose
