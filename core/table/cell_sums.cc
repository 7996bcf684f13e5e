#include "core/table/cell_sums.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/table/cell_sums.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mongoose::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
constexpr std::size_t kLanes = CellSums::kSquareLanes;

// Squares of floats are exact in doubles, so that a fused addition rounds like
// one apart.  `sign` is 1 or -1.
void ChangeSums(const float* row, std::size_t stride, double sign,
                double* values, double* squares) {
  const hn::CappedTag<double, kLanes> d;
  const hn::Rebind<float, decltype(d)> narrow;
  const auto signs = hn::Set(d, sign);
  for (std::size_t j = 0; j < kLanes; j += hn::Lanes(d)) {
    auto square = hn::LoadU(d, squares + j);
    for (std::size_t c = j; c < stride; c += kLanes) {
      const auto value = hn::PromoteTo(d, hn::LoadU(narrow, row + c));
      const auto with_sign = hn::Mul(value, signs);
      hn::StoreU(hn::Add(hn::LoadU(d, values + c), with_sign), d, values + c);
      square = hn::MulAdd(value, with_sign, square);
    }
    hn::StoreU(square, d, squares + j);
  }
}

}  // namespace
}  // namespace mongoose::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mongoose {

HWY_EXPORT(ChangeSums);

namespace {

// Of the squares: what is left of them has six digits of its own then.
constexpr double kMinShareLeft = 1e-10;

bool IsZero(std::span<const float> values) {
  return std::ranges::all_of(values, [](float value) { return value == 0; });
}

}  // namespace

CellSums::CellSums(std::size_t num_cells, std::size_t cols)
    : cols_(cols),
      stride_((cols + 15) / 16 * 16),
      values_(num_cells * stride_),
      squares_(num_cells * kSquareLanes),
      peaks_(num_cells),
      sizes_(num_cells),
      num_nonzero_(num_cells) {}

void CellSums::Add(Code cell, std::span<const float> values) {
  assert(values.size() == stride_);
  ++sizes_[cell];
  if (IsZero(values)) return;
  ++num_nonzero_[cell];
  HWY_DYNAMIC_DISPATCH(ChangeSums)
  (values.data(), stride_, 1, &values_[cell * stride_],
   &squares_[cell * kSquareLanes]);
  peaks_[cell] = std::max(peaks_[cell], squares(cell));
}

void CellSums::Remove(Code cell, std::span<const float> values) {
  assert(values.size() == stride_ && sizes_[cell] > 0);
  --sizes_[cell];
  if (IsZero(values)) return;
  if (--num_nonzero_[cell] == 0) return Clear(cell);
  HWY_DYNAMIC_DISPATCH(ChangeSums)
  (values.data(), stride_, -1, &values_[cell * stride_],
   &squares_[cell * kSquareLanes]);
  lost_digits_ = lost_digits_ || squares(cell) < kMinShareLeft * peaks_[cell];
}

void CellSums::Clear(Code cell) {
  std::fill_n(&values_[cell * stride_], stride_, 0.0);
  std::fill_n(&squares_[cell * kSquareLanes], kSquareLanes, 0.0);
  peaks_[cell] = 0;
}

double CellSums::squares(std::size_t cell) const {
  const double* const parts = &squares_[cell * kSquareLanes];
  return std::accumulate(parts, parts + kSquareLanes, 0.0);
}

}  // namespace mongoose
#endif  // HWY_ONCE
