#include "core/learn/cell_means.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "core/learn/router_trainer.h"

namespace mongoose {
namespace {

using Cells = PartitionProjection::Cells;

template <typename Values>
auto AnchorOf(Values& anchors, std::size_t cell, std::size_t cols) {
  return std::span(anchors).subspan(cell * cols, cols);
}

}  // namespace

CellMeans MeansOf(const CellSums& sums) {
  const std::size_t cols = sums.cols();
  CellMeans means{
      .cells = {.anchors = std::vector<float>(sums.num_cells() * cols),
                .spreads = std::vector<float>(sums.num_cells())},
      .sizes = std::vector<std::size_t>(sums.num_cells())};
  for (std::size_t cell = 0; cell < sums.num_cells(); ++cell) {
    means.sizes[cell] = sums.size(cell);
    if (sums.size(cell) == 0) continue;
    const auto size = static_cast<double>(sums.size(cell));
    const auto anchor = AnchorOf(means.cells.anchors, cell, cols);
    double square = 0;
    for (std::size_t c = 0; c < cols; ++c) {
      const double mean = sums.values(cell)[c] / size;
      anchor[c] = static_cast<float>(mean);
      square += mean * mean;
    }
    const double variance = std::max(0.0, sums.squares(cell) / size - square);
    means.cells.spreads[cell] =
        static_cast<float>(std::sqrt(variance / static_cast<double>(cols)));
  }
  return means;
}

CellMeans MeansOr(const CellSums& sums, const Cells& old) {
  CellMeans means = MeansOf(sums);
  for (std::size_t cell = 0; cell < sums.num_cells(); ++cell) {
    if (sums.size(cell) != 0) continue;
    std::ranges::copy(AnchorOf(old.anchors, cell, sums.cols()),
                      AnchorOf(means.cells.anchors, cell, sums.cols()).begin());
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
