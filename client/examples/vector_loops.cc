#include "client/examples/vector_loops.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "client/examples/vector_loops.cc"
// foreach_target.h must come first.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace mongoose::examples {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Calls body(tag, i) for whole vectors and then for the single values left.
template <typename Body>
HWY_INLINE void ForEachVector(std::size_t count, const Body& body) {
  const hn::ScalableTag<float> wide;
  const hn::CappedTag<float, 1> single;
  std::size_t i = 0;
  for (; i + hn::Lanes(wide) <= count; i += hn::Lanes(wide)) {
    body(wide, i);
  }
  for (; i < count; ++i) {
    body(single, i);
  }
}

void RaiseMaxima(const LogitColumns& tile, float* maxima) {
  const hn::CappedTag<float, kColumnPadding> d;
  for (std::size_t row = 0; row < tile.rows; ++row) {
    float* logits = tile.values + row * tile.stride;
    const auto shift =
        hn::Set(d, tile.log_weights == nullptr ? 0.0F : tile.log_weights[row]);
    for (std::size_t c = 0; c < tile.columns; c += hn::Lanes(d)) {
      const auto logit = hn::Add(hn::LoadU(d, logits + c), shift);
      hn::StoreU(logit, d, logits + c);
      hn::StoreU(hn::Max(hn::LoadU(d, maxima + c), logit), d, maxima + c);
    }
  }
}

void ExponentiateTile(const LogitColumns& tile, float* maxima, float* sums,
                      float* decays) {
  const hn::CappedTag<float, kColumnPadding> d;
  std::copy(maxima, maxima + tile.columns, decays);
  RaiseMaxima(tile, maxima);
  for (std::size_t c = 0; c < tile.columns; c += hn::Lanes(d)) {
    const auto decay =
        hn::Exp(d, hn::Sub(hn::LoadU(d, decays + c), hn::LoadU(d, maxima + c)));
    hn::StoreU(decay, d, decays + c);
    hn::StoreU(hn::Mul(hn::LoadU(d, sums + c), decay), d, sums + c);
  }
  for (std::size_t row = 0; row < tile.rows; ++row) {
    float* logits = tile.values + row * tile.stride;
    for (std::size_t c = 0; c < tile.columns; c += hn::Lanes(d)) {
      const auto share = hn::Exp(
          d, hn::Sub(hn::LoadU(d, logits + c), hn::LoadU(d, maxima + c)));
      hn::StoreU(share, d, logits + c);
      hn::StoreU(hn::Add(hn::LoadU(d, sums + c), share), d, sums + c);
    }
  }
}

void AdamLoop(const AdamFactors& factors, std::span<const float> gradient,
              float* values, float* mean, float* square) {
  ForEachVector(gradient.size(), [&](auto d, std::size_t i) HWY_ATTR {
    const auto g = hn::LoadU(d, gradient.data() + i);
    const auto m = hn::MulAdd(hn::Set(d, factors.beta1),
                              hn::Sub(hn::LoadU(d, mean + i), g), g);
    const auto g2 = hn::Mul(g, g);
    const auto v = hn::MulAdd(hn::Set(d, factors.beta2),
                              hn::Sub(hn::LoadU(d, square + i), g2), g2);
    const auto scale = hn::Add(hn::Sqrt(v), hn::Set(d, factors.epsilon));
    const auto step = hn::Div(hn::Mul(hn::Set(d, factors.step_size), m), scale);
    hn::StoreU(m, d, mean + i);
    hn::StoreU(v, d, square + i);
    hn::StoreU(hn::Sub(hn::LoadU(d, values + i), step), d, values + i);
  });
}

void AdagradLoop(float learning_rate, std::span<const float> gradient,
                 float* values, float* square) {
  ForEachVector(gradient.size(), [&](auto d, std::size_t i) HWY_ATTR {
    const auto g = hn::LoadU(d, gradient.data() + i);
    const auto v = hn::MulAdd(g, g, hn::LoadU(d, square + i));
    const auto step =
        hn::Div(hn::Mul(hn::Set(d, learning_rate), g), hn::Sqrt(v));
    hn::StoreU(v, d, square + i);
    hn::StoreU(hn::Sub(hn::LoadU(d, values + i), step), d, values + i);
  });
}

void AddScaledLoop(float scale, std::span<const float> in, float* out) {
  ForEachVector(in.size(), [&](auto d, std::size_t i) HWY_ATTR {
    hn::StoreU(hn::MulAdd(hn::Set(d, scale), hn::LoadU(d, in.data() + i),
                          hn::LoadU(d, out + i)),
               d, out + i);
  });
}

void CopyScaledLoop(float scale, std::span<const float> in, float* out) {
  ForEachVector(in.size(), [&](auto d, std::size_t i) HWY_ATTR {
    hn::StoreU(hn::Mul(hn::Set(d, scale), hn::LoadU(d, in.data() + i)), d,
               out + i);
  });
}

float DotLoop(std::span<const float> a, const float* b) {
  const hn::ScalableTag<float> d;
  auto sum = hn::Zero(d);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= a.size(); i += hn::Lanes(d)) {
    sum = hn::MulAdd(hn::LoadU(d, a.data() + i), hn::LoadU(d, b + i), sum);
  }
  float total = hn::GetLane(hn::SumOfLanes(d, sum));
  for (; i < a.size(); ++i) {
    total += a[i] * b[i];
  }
  return total;
}

std::size_t FindAboveLoop(std::span<const float> values, float threshold,
                          std::uint32_t* positions) {
  std::size_t found = 0;
  ForEachVector(values.size(), [&](auto d, std::size_t i) HWY_ATTR {
    const auto v = hn::LoadU(d, values.data() + i);
    if (hn::AllFalse(d, hn::Gt(v, hn::Set(d, threshold)))) {
      return;
    }
    for (std::size_t lane = i; lane < i + hn::Lanes(d); ++lane) {
      positions[found] = static_cast<std::uint32_t>(lane);
      found += values[lane] > threshold ? 1 : 0;
    }
  });
  return found;
}

}  // namespace HWY_NAMESPACE
}  // namespace mongoose::examples
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mongoose::examples {

HWY_EXPORT(ExponentiateTile);
HWY_EXPORT(AdamLoop);
HWY_EXPORT(AdagradLoop);
HWY_EXPORT(AddScaledLoop);
HWY_EXPORT(CopyScaledLoop);
HWY_EXPORT(DotLoop);
HWY_EXPORT(FindAboveLoop);

void ExponentiateColumns(const LogitColumns& tile, float* maxima, float* sums,
                         float* decays) {
  HWY_DYNAMIC_DISPATCH(ExponentiateTile)(tile, maxima, sums, decays);
}

void ApplyAdam(const AdamFactors& factors, std::span<const float> gradient,
               float* values, float* mean, float* square) {
  HWY_DYNAMIC_DISPATCH(AdamLoop)(factors, gradient, values, mean, square);
}

void ApplyAdagrad(float learning_rate, std::span<const float> gradient,
                  float* values, float* square) {
  HWY_DYNAMIC_DISPATCH(AdagradLoop)(learning_rate, gradient, values, square);
}

void AddScaled(float scale, std::span<const float> in, float* out) {
  HWY_DYNAMIC_DISPATCH(AddScaledLoop)(scale, in, out);
}

void CopyScaled(float scale, std::span<const float> in, float* out) {
  HWY_DYNAMIC_DISPATCH(CopyScaledLoop)(scale, in, out);
}

float DotProduct(std::span<const float> a, const float* b) {
  return HWY_DYNAMIC_DISPATCH(DotLoop)(a, b);
}

std::size_t FindAbove(std::span<const float> values, float threshold,
                      std::uint32_t* positions) {
  return HWY_DYNAMIC_DISPATCH(FindAboveLoop)(values, threshold, positions);
}

}  // namespace mongoose::examples
#endif  // HWY_ONCE
