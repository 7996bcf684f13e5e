#include "core/learn/exponentials.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/learn/exponentials.cc"
// foreach_target.h must come first.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace mongoose::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Returns the sum of [values, end), a multiple of the lanes of D.
template <typename D>
float ExponentiateVectors(D d, float scale, float largest, float* values,
                          const float* end) {
  auto sum = hn::Zero(d);
  for (; values != end; values += hn::Lanes(d)) {
    const auto power =
        hn::Exp(d, hn::Sub(hn::Mul(hn::Set(d, scale), hn::LoadU(d, values)),
                           hn::Set(d, largest)));
    hn::StoreU(power, d, values);
    sum = hn::Add(sum, power);
  }
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

ExponentialSum ExponentiateImpl(float scale, std::span<float> values) {
  const hn::ScalableTag<float> wide;
  const hn::CappedTag<float, 1> single;
  const float largest = scale * *std::ranges::max_element(values);
  float* const begin = values.data();
  float* const middle =
      begin + values.size() / hn::Lanes(wide) * hn::Lanes(wide);
  float* const end = begin + values.size();
  const float sum = ExponentiateVectors(wide, scale, largest, begin, middle) +
                    ExponentiateVectors(single, scale, largest, middle, end);
  return {largest, sum};
}

}  // namespace
}  // namespace mongoose::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mongoose {

HWY_EXPORT(ExponentiateImpl);

ExponentialSum Exponentiate(float scale, std::span<float> values) {
  assert(!values.empty() && scale >= 0);
  return HWY_DYNAMIC_DISPATCH(ExponentiateImpl)(scale, values);
}

}  // namespace mongoose
#endif  // HWY_ONCE
