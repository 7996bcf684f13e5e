#include "core/hash/key_limit.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/counter_rng.h"
#include "tests/support/simd_targets.h"

namespace mongoose {
namespace {

using test_support::ForEachSimdTarget;

// The keys that a limit tells from the others, largest first.
std::vector<float> KeysWithin(std::vector<float> keys, const KeyLimit& limit) {
  std::ranges::sort(keys, std::greater<>());
  const auto end_above = std::ranges::find_if(
      keys, [&](float key) { return !(key > limit.limit); });
  const auto ties =
      static_cast<std::size_t>(std::ranges::count(keys, limit.limit));
  EXPECT_LE(limit.num_ties, ties);
  keys.erase(
      end_above + static_cast<std::ptrdiff_t>(std::min(limit.num_ties, ties)),
      keys.end());
  return keys;
}

// Compares with sorting for every size up to 700 and three counts of each.
template <typename DrawKey>
void ExpectLargestOfAnySize(DrawKey draw_key) {
  CounterRng rng(1, 0);
  for (std::size_t size = 1; size <= 700; ++size) {
    std::vector<float> keys(size);
    std::ranges::generate(keys, [&] { return draw_key(rng); });
    std::vector<float> sorted = keys;
    std::ranges::sort(sorted, std::greater<>());
    const auto most = static_cast<std::uint32_t>(size);
    for (const std::size_t count :
         {std::size_t{1}, 1 + std::size_t{rng.NextBelow(most)}, size}) {
      const std::vector<float> largest(
          sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(count));
      ForEachSimdTarget([&] {
        ASSERT_EQ(KeysWithin(keys, LimitOfLargest(keys, count)), largest);
      });
    }
  }
}

// What PlacesOfLargest promises, by a stable sort.
std::vector<Code> SortedPlaces(const std::vector<float>& keys,
                               std::size_t count) {
  std::vector<Code> places(keys.size());
  std::iota(places.begin(), places.end(), Code{0});
  std::ranges::stable_sort(places, std::greater<>(),
                           [&](Code place) { return keys[place]; });
  places.resize(count);
  std::ranges::sort(places);
  return places;
}

TEST(PlacesOfLargestTest, AreThoseOfAStableSort) {
  CounterRng rng(2, 0);
  for (std::size_t size = 1; size <= 200; ++size) {
    std::vector<float> keys(size);
    std::ranges::generate(
        keys, [&] { return static_cast<float>(rng.NextBelow(20)); });  // ties
    const auto most = static_cast<std::uint32_t>(size);
    for (const std::size_t count :
         {std::size_t{1}, 1 + std::size_t{rng.NextBelow(most)}, size}) {
      ForEachSimdTarget([&] {
        std::vector<Code> places(count);
        PlacesOfLargest(keys, places);
        ASSERT_EQ(places, SortedPlaces(keys, count)) << size;
      });
    }
  }
}

TEST(LimitOfLargestTest, TellsTheLargestOfDistinctKeys) {
  ExpectLargestOfAnySize(
      [](CounterRng& rng) { return static_cast<float>(rng.NextGaussian()); });
}

TEST(LimitOfLargestTest, CountsTheTiesAtTheLimit) {
  ExpectLargestOfAnySize([](CounterRng& rng) {
    return static_cast<float>(rng.NextBelow(7)) - 3.0F;
  });
}

TEST(LimitOfLargestTest, NegativeKeysAreInOrder) {
  ExpectLargestOfAnySize(
      [](CounterRng& rng) { return -static_cast<float>(rng.NextUniform()); });
}

TEST(LimitOfLargestTest, KeysOfAnyMagnitudeAreInOrder) {
  ExpectLargestOfAnySize([](CounterRng& rng) {
    const int exponent = static_cast<int>(rng.NextBelow(276)) - 149;
    return rng.NextSign() * std::ldexp(1.0F, exponent);
  });
}

TEST(LimitOfLargestTest, BothZerosAreEqual) {
  ExpectLargestOfAnySize([](CounterRng& rng) { return 0.0F * rng.NextSign(); });
}

TEST(LimitOfLargestTest, EqualKeysAreAllTies) {
  for (const float key : {-2.5F, 0.0F, 1e30F}) {
    const std::vector<float> keys(33, key);
    const KeyLimit limit = LimitOfLargest(keys, 20);
    EXPECT_EQ(limit.limit, key);
    EXPECT_EQ(limit.num_ties, 20U);
  }
}

}  // namespace
}  // namespace mongoose
