#include "core/hash/integer_kernels.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/hash/integer_kernels.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mongoose::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using FloatTag = hn::CappedTag<float, kPackedColumns>;

float LargestMagnitude(std::span<const float> x) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  auto largest = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= x.size(); i += lanes) {
    largest = hn::Max(largest, hn::Abs(hn::LoadU(d, &x[i])));
  }
  float result = hn::GetLane(hn::MaxOfLanes(d, largest));
  for (; i < x.size(); ++i) result = std::max(result, std::abs(x[i]));
  return result;
}

float RoundToAmplitudeImpl(std::span<const float> x, int amplitude,
                           std::int8_t* out) {
  constexpr float kTiny = 0x1p-100F;
  const float largest = LargestMagnitude(x);
  if (largest < kTiny) {
    std::fill_n(out, x.size(), std::int8_t{0});
    return 0;
  }
  const FloatTag d;
  const hn::Rebind<std::int8_t, FloatTag> d8;
  const std::size_t lanes = hn::Lanes(d);
  const float scale = static_cast<float>(amplitude) / largest;
  std::size_t i = 0;
  for (; i + lanes <= x.size(); i += lanes) {
    const auto scaled = hn::Mul(hn::LoadU(d, &x[i]), hn::Set(d, scale));
    hn::StoreU(hn::DemoteTo(d8, hn::NearestInt(scaled)), d8, out + i);
  }
  for (; i < x.size(); ++i) {
    out[i] = static_cast<std::int8_t>(std::nearbyint(x[i] * scale));
  }
  return largest / static_cast<float>(amplitude);
}

// Bit i is set where p[i] > 0.
std::uint16_t PositiveMask(const float* p) {
  const FloatTag d;
  std::uint32_t mask = 0;
  for (std::size_t i = 0; i < kPackedColumns; i += hn::Lanes(d)) {
    std::uint8_t bytes[8] = {};
    hn::StoreMaskBits(d, hn::Gt(hn::LoadU(d, p + i), hn::Zero(d)), bytes);
    std::uint16_t part = 0;
    std::memcpy(&part, bytes, sizeof(part));
    mask |= static_cast<std::uint32_t>(part) << i;
  }
  return static_cast<std::uint16_t>(mask);
}

// Spreads four codes of `bits` bits each to 16 bits each.
std::uint64_t SpreadCodes(std::uint64_t packed, std::size_t bits) {
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
#if HWY_TARGET <= HWY_AVX2 && HWY_ARCH_X86_64
  return _pdep_u64(packed, mask * 0x0001000100010001U);
#else
  std::uint64_t spread = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    spread |= (packed >> (i * bits) & mask) << (i * 16);
  }
  return spread;
#endif
}

// Code t is bits [t * bits, (t + 1) * bits) of the stream, which must be
// readable for 8 bytes beyond its last code.
void UnpackCodes(const char* stream, std::size_t bits, std::span<Code> codes) {
  for (std::size_t t = 0; t < codes.size(); t += 4) {
    std::uint64_t packed = 0;  // starts at a multiple of 4 bits: all fit
    std::memcpy(&packed, stream + t * bits / 8, sizeof(packed));
    const std::uint64_t spread = SpreadCodes(packed >> (t * bits % 8), bits);
    std::memcpy(&codes[t], &spread,
                std::min<std::size_t>(4, codes.size() - t) * sizeof(Code));
  }
}

void PackCodesImpl(std::span<const float> products, std::size_t bits,
                   std::span<Code> codes) {
  constexpr std::size_t kMaxColumns = 8192;
  assert(products.size() <= kMaxColumns);
  std::uint16_t stream[kMaxColumns / kPackedColumns + 4];
  const std::size_t words = products.size() / kPackedColumns;
  for (std::size_t w = 0; w < words; ++w) {
    stream[w] = PositiveMask(&products[w * kPackedColumns]);
  }
  std::fill_n(stream + words, 4, std::uint16_t{0});
  UnpackCodes(reinterpret_cast<const char*>(stream), bits, codes);
}

std::size_t LargestWeightedImpl(std::span<const float> products,
                                std::span<const float> weights) {
  const FloatTag d;
  const hn::Rebind<std::int32_t, FloatTag> di;
  const std::size_t lanes = hn::Lanes(d);
  auto best =
      hn::Mul(hn::LoadU(d, products.data()), hn::LoadU(d, weights.data()));
  auto best_at = hn::Iota(di, 0);
  for (std::size_t i = lanes; i < products.size(); i += lanes) {
    const auto value =
        hn::Mul(hn::LoadU(d, &products[i]), hn::LoadU(d, &weights[i]));
    const auto larger = hn::Gt(value, best);
    best = hn::IfThenElse(larger, value, best);
    best_at =
        hn::IfThenElse(hn::RebindMask(di, larger),
                       hn::Iota(di, static_cast<std::int32_t>(i)), best_at);
  }
  // The least place among the lanes that hold the largest value.
  const auto largest =
      hn::RebindMask(di, hn::Eq(best, hn::MaxOfLanes(d, best)));
  const auto none = hn::Set(di, std::numeric_limits<std::int32_t>::max());
  return static_cast<std::size_t>(
      hn::GetLane(hn::MinOfLanes(di, hn::IfThenElse(largest, best_at, none))));
}

}  // namespace
}  // namespace mongoose::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mongoose {

HWY_EXPORT(RoundToAmplitudeImpl);
HWY_EXPORT(PackCodesImpl);
HWY_EXPORT(LargestWeightedImpl);

float RoundToAmplitude(std::span<const float> x, int amplitude,
                       std::int8_t* out) {
  return HWY_DYNAMIC_DISPATCH(RoundToAmplitudeImpl)(x, amplitude, out);
}

void PackCodes(std::span<const float> products, std::size_t bits,
               std::span<Code> codes) {
  HWY_DYNAMIC_DISPATCH(PackCodesImpl)(products, bits, codes);
}

std::size_t LargestWeighted(std::span<const float> products,
                            std::span<const float> weights) {
  assert(!products.empty() && products.size() == weights.size());
  assert(products.size() % kPackedColumns == 0);
  return HWY_DYNAMIC_DISPATCH(LargestWeightedImpl)(products, weights);
}

}  // namespace mongoose
#endif  // HWY_ONCE
