#include "core/learn/cell_means.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "core/learn/router_trainer.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/learn/cell_means.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mongoose::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
constexpr std::size_t kLanes = CellSums::kSquareLanes;

// Squares of floats are exact in doubles, so that a fused addition rounds like
// one apart.
void ChangeSums(const float* row, std::size_t stride, float sign,
                double* values, double* squares) {
  const hn::CappedTag<double, kLanes> d;
  const hn::Rebind<float, decltype(d)> narrow;
  const auto signs = hn::Set(d, double{sign});
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

using Cells = PartitionProjection::Cells;

template <typename Values>
auto AnchorOf(Values& anchors, std::size_t cell, std::size_t cols) {
  return std::span(anchors).subspan(cell * cols, cols);
}

}  // namespace

CellSums::CellSums(const HashSpec& spec, const FrozenRows& rows)
    : spec_(spec),
      rows_(rows),
      row_(rows.layout().stride()),
      values_(spec.num_buckets() * row_.size()),
      squares_(spec.num_buckets() * kSquareLanes),
      sizes_(spec.num_buckets()) {}

void CellSums::Change(RowId row, Code cell, float sign) {
  rows_.CopyRow(row, std::span(row_).first(spec_.cols));
  HWY_DYNAMIC_DISPATCH(ChangeSums)
  (row_.data(), row_.size(), sign, &values_[cell * row_.size()],
   &squares_[cell * kSquareLanes]);
}

void CellSums::Add(std::span<const RowId> ids, const CodeMatrix& codes) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Code cell = codes.row(i)[0];
    Change(ids[i], cell, 1);
    ++sizes_[cell];
  }
}

void CellSums::Move(std::span<const RowId> ids, const CodeMatrix& from,
                    const CodeMatrix& to) {
  for (const RowId id : ids) {
    const Code left = from.row(id)[0];
    const Code entered = to.row(id)[0];
    if (left == entered) continue;
    Change(id, left, -1);
    --sizes_[left];
    Change(id, entered, 1);
    ++sizes_[entered];
  }
}

CellMeans CellSums::Means() const {
  Cells cells{.anchors = std::vector<float>(spec_.num_buckets() * spec_.cols),
              .spreads = std::vector<float>(spec_.num_buckets())};
  for (std::size_t cell = 0; cell < sizes_.size(); ++cell) {
    if (sizes_[cell] == 0) continue;
    const auto size = static_cast<double>(sizes_[cell]);
    const auto anchor = AnchorOf(cells.anchors, cell, spec_.cols);
    double square = 0;
    for (std::size_t c = 0; c < anchor.size(); ++c) {
      const double mean = values_[cell * row_.size() + c] / size;
      anchor[c] = static_cast<float>(mean);
      square += mean * mean;
    }
    const auto squares = AnchorOf(squares_, cell, kSquareLanes);
    const double sum = std::accumulate(squares.begin(), squares.end(), 0.0);
    const double variance = std::max(0.0, sum / size - square);
    cells.spreads[cell] = static_cast<float>(
        std::sqrt(variance / static_cast<double>(spec_.cols)));
  }
  return {std::move(cells), sizes_};
}

CellMeans CellSums::MeansOr(const Cells& old) const {
  CellMeans means = Means();
  for (std::size_t cell = 0; cell < sizes_.size(); ++cell) {
    if (sizes_[cell] != 0) continue;
    std::ranges::copy(AnchorOf(old.anchors, cell, spec_.cols),
                      AnchorOf(means.cells.anchors, cell, spec_.cols).begin());
    means.cells.spreads[cell] = old.spreads[cell];
  }
  return means;
}

void SplitLargest(std::size_t cols, CounterRng& rng, CellMeans& means) {
  const std::vector<std::size_t>& sizes = means.sizes;
  Cells& cells = means.cells;
  std::vector<std::size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return sizes[a] > sizes[b]; });
  std::size_t largest = 0;
  for (auto empty = order.rbegin();
       empty != order.rend() && sizes[*empty] == 0 && sizes[order[largest]] > 1;
       ++empty, ++largest) {
    const auto from = AnchorOf(cells.anchors, order[largest], cols);
    const auto to = AnchorOf(cells.anchors, *empty, cols);
    const float turn = cells.spreads[order[largest]] / 4;
    for (std::size_t c = 0; c < cols; ++c) {
      const float step = turn * rng.NextSign();
      constexpr float kMax = std::numeric_limits<float>::max();
      to[c] = std::clamp(from[c] + step, -kMax, kMax);
      from[c] = std::clamp(from[c] - step, -kMax, kMax);
    }
    cells.spreads[*empty] = cells.spreads[order[largest]];
  }
}

std::shared_ptr<const PartitionProjection> WithRouterOf(
    const PartitionProjection& old, Cells cells) {
  if (!old.has_learned_router()) {
    return std::make_shared<const PartitionProjection>(old.spec(),
                                                       std::move(cells));
  }
  PartitionProjection::Router router = CarryRouter(old, cells);
  return std::make_shared<const PartitionProjection>(
      old.spec(), std::move(cells), std::move(router));
}

}  // namespace mongoose
#endif  // HWY_ONCE
