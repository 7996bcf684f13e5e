#include "core/schedule/displacement.h"

#include <algorithm>
#include <cassert>
#include <cstdint>

#include "core/base/counter_rng.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/schedule/displacement.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mongoose::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void ProjectRow(const float* before, const float* after, const float* signs,
                std::size_t cols, float* out) {
  const hn::CappedTag<float, kDisplacementDims> d;
  const std::size_t whole = cols / kDisplacementDims * kDisplacementDims;
  for (std::size_t j = 0; j < kDisplacementDims; j += hn::Lanes(d)) {
    auto sum = hn::Zero(d);
    for (std::size_t c = j; c < whole; c += kDisplacementDims) {
      const auto change =
          hn::Sub(hn::LoadU(d, after + c), hn::LoadU(d, before + c));
      sum = hn::MulAdd(change, hn::LoadU(d, signs + c), sum);
    }
    hn::StoreU(sum, d, out + j);
  }
  for (std::size_t c = whole; c < cols; ++c) {
    out[c - whole] += signs[c] * (after[c] - before[c]);
  }
}

void ProjectRows(const float* before, const float* after, const float* signs,
                 std::size_t cols, std::span<float> out) {
  for (std::size_t i = 0; i * kDisplacementDims < out.size(); ++i) {
    ProjectRow(before + i * cols, after + i * cols, signs, cols,
               &out[i * kDisplacementDims]);
  }
}

}  // namespace
}  // namespace mongoose::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mongoose {
namespace {

constexpr std::uint64_t kSeed = 0x6d6f7665;

}  // namespace

HWY_EXPORT(ProjectRows);

DisplacementProjection::DisplacementProjection(std::size_t cols)
    : signs_(cols) {
  CounterRng rng(kSeed, /*stream=*/0);
  std::ranges::generate(signs_, [&] { return rng.NextSign(); });
}

void DisplacementProjection::Project(MatrixView<const float> before,
                                     MatrixView<const float> after,
                                     std::span<float> displacements) const {
  assert(before.rows() == after.rows() && before.cols() == after.cols());
  assert(before.cols() == signs_.size());
  assert(displacements.size() == before.rows() * kDisplacementDims);
  HWY_DYNAMIC_DISPATCH(ProjectRows)
  (before.data().data(), after.data().data(), signs_.data(), signs_.size(),
   displacements);
}

}  // namespace mongoose
#endif  // HWY_ONCE
