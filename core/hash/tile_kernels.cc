#include "core/hash/tile_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/hash/tile_kernels.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mongoose::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
constexpr std::size_t kTile = 16;
using FloatTag = hn::CappedTag<float, kTile>;
using UintTag = hn::RebindToUnsigned<FloatTag>;

// One pass of radix 4: butterflies at distances `half` and 2 * half.
void RadixFourPass(float* x, std::size_t length, std::size_t half) {
  const FloatTag d;
  for (std::size_t first = 0; first < length; first += 4 * half) {
    for (std::size_t i = first; i < first + half; ++i) {
      for (std::size_t lane = 0; lane < kTile; lane += hn::Lanes(d)) {
        float* p = x + i * kTile + lane;
        const auto a = hn::Load(d, p);
        const auto b = hn::Load(d, p + half * kTile);
        const auto c = hn::Load(d, p + 2 * half * kTile);
        const auto e = hn::Load(d, p + 3 * half * kTile);
        const auto ab = hn::Add(a, b);
        const auto a_b = hn::Sub(a, b);
        const auto ce = hn::Add(c, e);
        const auto c_e = hn::Sub(c, e);
        hn::Store(hn::Add(ab, ce), d, p);
        hn::Store(hn::Add(a_b, c_e), d, p + half * kTile);
        hn::Store(hn::Sub(ab, ce), d, p + 2 * half * kTile);
        hn::Store(hn::Sub(a_b, c_e), d, p + 3 * half * kTile);
      }
    }
  }
}

void RadixTwoPass(float* x, std::size_t length, std::size_t half) {
  const FloatTag d;
  for (std::size_t first = 0; first < length; first += 2 * half) {
    for (std::size_t i = first * kTile; i < (first + half) * kTile;
         i += hn::Lanes(d)) {
      const auto a = hn::Load(d, x + i);
      const auto b = hn::Load(d, x + i + half * kTile);
      hn::Store(hn::Add(a, b), d, x + i);
      hn::Store(hn::Sub(a, b), d, x + i + half * kTile);
    }
  }
}

void RotateTileImpl(float* x, const float* signs, std::size_t length) {
  const FloatTag d;
  for (std::size_t i = 0; i < length; ++i) {
    const auto sign = hn::Set(d, signs[i]);
    for (std::size_t lane = 0; lane < kTile; lane += hn::Lanes(d)) {
      float* p = x + i * kTile + lane;
      hn::Store(hn::Mul(hn::Load(d, p), sign), d, p);
    }
  }
  std::size_t half = 1;
  for (; 4 * half <= length; half *= 4) RadixFourPass(x, length, half);
  if (half < length) RadixTwoPass(x, length, half);
}

void ProjectTileImpl(const float* tile, const float* directions,
                     std::size_t cols, std::size_t columns, float* out) {
  const FloatTag d;
  for (std::size_t c = 0; c < columns; c += kDenseColumns) {
    for (std::size_t lane = 0; lane < kTile; lane += hn::Lanes(d)) {
      auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
      auto s4 = s0, s5 = s0, s6 = s0, s7 = s0;
      for (std::size_t i = 0; i < cols; ++i) {
        const auto x = hn::Load(d, tile + i * kTile + lane);
        const float* direction = directions + i * columns + c;
        s0 = hn::Add(s0, hn::Mul(x, hn::Set(d, direction[0])));
        s1 = hn::Add(s1, hn::Mul(x, hn::Set(d, direction[1])));
        s2 = hn::Add(s2, hn::Mul(x, hn::Set(d, direction[2])));
        s3 = hn::Add(s3, hn::Mul(x, hn::Set(d, direction[3])));
        s4 = hn::Add(s4, hn::Mul(x, hn::Set(d, direction[4])));
        s5 = hn::Add(s5, hn::Mul(x, hn::Set(d, direction[5])));
        s6 = hn::Add(s6, hn::Mul(x, hn::Set(d, direction[6])));
        s7 = hn::Add(s7, hn::Mul(x, hn::Set(d, direction[7])));
      }
      float* p = out + c * kTile + lane;
      hn::Store(s0, d, p);
      hn::Store(s1, d, p + kTile);
      hn::Store(s2, d, p + 2 * kTile);
      hn::Store(s3, d, p + 3 * kTile);
      hn::Store(s4, d, p + 4 * kTile);
      hn::Store(s5, d, p + 5 * kTile);
      hn::Store(s6, d, p + 6 * kTile);
      hn::Store(s7, d, p + 7 * kTile);
    }
  }
}

void PackSignsImpl(const float* projected, std::size_t bits, std::size_t tables,
                   Code* codes) {
  const FloatTag d;
  const UintTag du;
  HWY_ALIGN std::uint32_t packed[kTile];
  for (std::size_t table = 0; table < tables; ++table) {
    for (std::size_t lane = 0; lane < kTile; lane += hn::Lanes(d)) {
      auto code = hn::Zero(du);
      for (std::size_t bit = 0; bit < bits; ++bit) {
        const auto z =
            hn::Load(d, projected + (table * bits + bit) * kTile + lane);
        const auto positive = hn::RebindMask(du, hn::Gt(z, hn::Zero(d)));
        code = hn::Or(
            code,
            hn::IfThenElseZero(positive, hn::Set(du, std::uint32_t{1} << bit)));
      }
      hn::Store(code, du, packed + lane);
    }
    for (std::size_t v = 0; v < kTile; ++v) {
      codes[table * kTile + v] = static_cast<Code>(packed[v]);
    }
  }
}

void FindWinnersImpl(const float* tile, const std::uint32_t* coordinates,
                     std::size_t bins, std::size_t bin_size,
                     std::uint32_t* winners, std::uint32_t* filled) {
  const FloatTag d;
  const UintTag du;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const std::uint32_t* members = coordinates + bin * bin_size;
    for (std::size_t lane = 0; lane < kTile; lane += hn::Lanes(d)) {
      auto best = hn::Load(d, tile + members[0] * kTile + lane);
      auto winner = hn::Zero(du);
      auto any = hn::RebindMask(du, hn::Ne(best, hn::Zero(d)));
      for (std::size_t i = 1; i < bin_size; ++i) {
        const auto x = hn::Load(d, tile + members[i] * kTile + lane);
        const auto larger = hn::Gt(x, best);
        best = hn::IfThenElse(larger, x, best);
        winner =
            hn::IfThenElse(hn::RebindMask(du, larger),
                           hn::Set(du, static_cast<std::uint32_t>(i)), winner);
        any = hn::Or(any, hn::RebindMask(du, hn::Ne(x, hn::Zero(d))));
      }
      hn::StoreU(winner, du, winners + bin * kTile + lane);
      hn::StoreU(hn::IfThenElseZero(any, hn::Set(du, 1U)), du,
                 filled + bin * kTile + lane);
    }
  }
}

}  // namespace
}  // namespace mongoose::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mongoose {

HWY_EXPORT(RotateTileImpl);
HWY_EXPORT(ProjectTileImpl);
HWY_EXPORT(PackSignsImpl);
HWY_EXPORT(FindWinnersImpl);

void RotateTile(float* x, const float* signs, std::size_t length) {
  HWY_DYNAMIC_DISPATCH(RotateTileImpl)(x, signs, length);
}

void ProjectTile(const float* tile, const float* directions, std::size_t cols,
                 std::size_t columns, float* out) {
  HWY_DYNAMIC_DISPATCH(ProjectTileImpl)(tile, directions, cols, columns, out);
}

void PackSigns(const float* projected, std::size_t bits, std::size_t tables,
               Code* codes) {
  HWY_DYNAMIC_DISPATCH(PackSignsImpl)(projected, bits, tables, codes);
}

void FindWinners(const float* tile, const std::uint32_t* coordinates,
                 std::size_t bins, std::size_t bin_size, std::uint32_t* winners,
                 std::uint32_t* filled) {
  HWY_DYNAMIC_DISPATCH(FindWinnersImpl)
  (tile, coordinates, bins, bin_size, winners, filled);
}

}  // namespace mongoose
#endif  // HWY_ONCE
