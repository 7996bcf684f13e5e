#include "core/query/hamming_cut.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/counter_rng.h"

namespace mongoose {
namespace {

using Distances = std::vector<std::uint32_t>;

// The places that a cut keeps, ascending.
std::vector<std::size_t> Kept(const Distances& distances, std::size_t count,
                              std::size_t max_distance) {
  HammingCut cut(distances.size(), count, max_distance,
                 [&](std::size_t i) { return distances[i]; });
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < distances.size(); ++i) {
    if (cut.Keep(distances[i])) kept.push_back(i);
  }
  return kept;
}

// The same by sorting: nearer first, then earlier.
std::vector<std::size_t> NaiveKept(const Distances& distances,
                                   std::size_t count) {
  std::vector<std::size_t> places(distances.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::ranges::stable_sort(places, {},
                           [&](std::size_t place) { return distances[place]; });
  places.resize(count);
  std::ranges::sort(places);
  return places;
}

TEST(HammingCutTest, KeepsTheNearestAndOfEqualOnesTheFirst) {
  CounterRng rng(1, 0);
  for (std::uint32_t size = 1; size <= 200; ++size) {
    for (const std::uint32_t max_distance : {0U, 1U, 9U, 512U}) {
      Distances distances(size);
      std::ranges::generate(distances,
                            [&] { return rng.NextBelow(max_distance + 1); });
      const std::size_t count = rng.NextBelow(size);
      ASSERT_EQ(Kept(distances, count, max_distance),
                NaiveKept(distances, count))
          << size << " rows, " << count << " of them";
    }
  }
}

TEST(HammingCutTest, TheLimitIsTheFirstDistanceWithoutRoomForAll) {
  const Distances distances = {4, 2, 4, 2, 7, 4};
  const auto limit_of = [&](std::size_t count) {
    return HammingCut(distances.size(), count, 8,
                      [&](std::size_t i) { return distances[i]; })
        .limit();
  };
  EXPECT_EQ(limit_of(1), 2U);  // one of two
  EXPECT_EQ(limit_of(3), 4U);
  EXPECT_EQ(limit_of(5), 7U);
}

}  // namespace
}  // namespace mongoose
