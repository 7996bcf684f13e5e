#include "core/schedule/row_moves.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/schedule/row_moves.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mongoose::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// |d|^2, |a|^2 and a.d for a = after - mean, d = after - before.
struct Products {
  float dd = 0;
  float aa = 0;
  float ad = 0;

  // Between a and b = a - d.  From the parts of b along and across a, which
  // loses no digits for small turns as a dot product would.
  float Angle() const {
    constexpr float kPi = std::numbers::pi_v<float>;
    if (dd == 0) return 0;
    if (!std::isfinite(dd) || !std::isfinite(aa) || !std::isfinite(ad)) {
      return kPi;
    }
    const float bb = aa - 2 * ad + dd;
    if (aa == 0 || bb <= 1e-12F * dd) return kPi / 2;
    const float across = std::sqrt(std::max(0.0F, dd - ad * ad / aa));
    return std::atan2(across, (aa - ad) / std::sqrt(aa));
  }
};

Products Measure(const float* before, const float* after, const float* mean,
                 std::size_t size) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto dd = hn::Zero(d), aa = hn::Zero(d), ad = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const auto now = hn::LoadU(d, after + i);
    const auto change = hn::Sub(now, hn::LoadU(d, before + i));
    const auto centred =
        mean == nullptr ? now : hn::Sub(now, hn::LoadU(d, mean + i));
    dd = hn::MulAdd(change, change, dd);
    aa = hn::MulAdd(centred, centred, aa);
    ad = hn::MulAdd(centred, change, ad);
  }
  Products out{.dd = hn::GetLane(hn::SumOfLanes(d, dd)),
               .aa = hn::GetLane(hn::SumOfLanes(d, aa)),
               .ad = hn::GetLane(hn::SumOfLanes(d, ad))};
  for (; i < size; ++i) {
    const float change = after[i] - before[i];
    const float centred = after[i] - (mean == nullptr ? 0.0F : mean[i]);
    out.dd += change * change;
    out.aa += centred * centred;
    out.ad += centred * change;
  }
  return out;
}

void MeasureMovesImpl(const RowId* ids, const float* before, const float* after,
                      const float* mean, std::size_t cols,
                      std::span<RowMove> moves) {
  for (std::size_t row = 0; row < moves.size(); ++row) {
    const Products p =
        Measure(before + row * cols, after + row * cols, mean, cols);
    moves[row] = {.row = ids[row],
                  .angle = p.Angle(),
                  .distance = std::sqrt(p.dd),
                  .norm = std::sqrt(p.aa)};
  }
}

}  // namespace
}  // namespace mongoose::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mongoose {

HWY_EXPORT(MeasureMovesImpl);

void MeasureMoves(std::span<const RowId> ids, MatrixView<const float> before,
                  MatrixView<const float> after, std::span<const float> mean,
                  std::span<RowMove> moves) {
  assert(before.rows() == after.rows() && before.cols() == after.cols());
  assert(ids.size() == moves.size() && moves.size() == before.rows());
  HWY_DYNAMIC_DISPATCH(MeasureMovesImpl)
  (ids.data(), before.data().data(), after.data().data(),
   mean.empty() ? nullptr : mean.data(), before.cols(), moves);
}

}  // namespace mongoose
#endif  // HWY_ONCE
