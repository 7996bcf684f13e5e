#include "core/hash/key_limit.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdint>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/hash/key_limit.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mongoose::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using FloatTag = hn::CappedTag<float, 16>;

std::size_t CountAbove(std::span<const float> keys, float limit) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  const auto bound = hn::Set(d, limit);
  std::size_t count = 0;
  std::size_t i = 0;
  for (; i + lanes <= keys.size(); i += lanes) {
    count += hn::CountTrue(d, hn::Gt(hn::LoadU(d, &keys[i]), bound));
  }
  for (; i < keys.size(); ++i) count += keys[i] > limit ? 1 : 0;
  return count;
}

// Integers in the order of the floats that they stand for.
std::int32_t OrderOf(float key) {
  const auto bits = std::bit_cast<std::int32_t>(key);
  return bits ^
         static_cast<std::int32_t>(static_cast<std::uint32_t>(bits >> 31) >> 1);
}
float KeyOf(std::int32_t order) {
  return std::bit_cast<float>(
      order ^
      static_cast<std::int32_t>(static_cast<std::uint32_t>(order >> 31) >> 1));
}

// Halves the range in which the limit lies, until it is one float or tells
// exactly `count` keys from the others.
KeyLimit LimitOfLargestImpl(std::span<const float> keys, std::size_t count) {
  std::int64_t low = OrderOf(-std::numeric_limits<float>::infinity());
  std::int64_t high = OrderOf(std::numeric_limits<float>::infinity());
  while (low < high) {
    const auto middle = static_cast<std::int32_t>(low + (high - low) / 2);
    const std::size_t above = CountAbove(keys, KeyOf(middle));
    if (above == count) return {.limit = KeyOf(middle)};
    if (above > count) {
      low = std::int64_t{middle} + 1;
    } else {
      high = middle;
    }
  }
  const float limit = KeyOf(static_cast<std::int32_t>(low));
  return {.limit = limit, .num_ties = count - CountAbove(keys, limit)};
}

void PlacesOfLargestImpl(std::span<const float> keys, std::span<Code> places) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  KeyLimit limit = LimitOfLargestImpl(keys, places.size());
  const auto bound = hn::Set(d, limit.limit);
  std::size_t kept = 0;
  for (std::size_t first = 0; first < keys.size() && kept < places.size();
       first += lanes) {
    const std::size_t end = std::min(first + lanes, keys.size());
    // Few vectors hold any of the largest.
    if (end == first + lanes &&
        hn::AllFalse(d, hn::Ge(hn::LoadU(d, &keys[first]), bound))) {
      continue;
    }
    for (std::size_t i = first; i < end && kept < places.size(); ++i) {
      const bool is_tie = keys[i] == limit.limit;
      if (!(keys[i] > limit.limit || (is_tie && limit.num_ties > 0))) continue;
      if (is_tie) --limit.num_ties;
      places[kept++] = static_cast<Code>(i);
    }
  }
}

}  // namespace
}  // namespace mongoose::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mongoose {

HWY_EXPORT(LimitOfLargestImpl);
HWY_EXPORT(PlacesOfLargestImpl);

KeyLimit LimitOfLargest(std::span<const float> keys, std::size_t count) {
  assert(count > 0 && count <= keys.size());
  return HWY_DYNAMIC_DISPATCH(LimitOfLargestImpl)(keys, count);
}

void PlacesOfLargest(std::span<const float> keys, std::span<Code> places) {
  assert(!places.empty() && places.size() <= keys.size());
  HWY_DYNAMIC_DISPATCH(PlacesOfLargestImpl)(keys, places);
}

}  // namespace mongoose
#endif  // HWY_ONCE
