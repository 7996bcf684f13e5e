#include "core/learn/cell_means.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "core/learn/router_trainer.h"

namespace mongoose {
namespace {

using Cells = PartitionProjection::Cells;

std::span<float> AnchorOf(Cells& cells, std::size_t cell, std::size_t cols) {
  return std::span(cells.anchors).subspan(cell * cols, cols);
}

struct Sums {
  std::vector<double> values;  // [num_buckets, cols]
  std::vector<double> squares;
  std::vector<std::size_t> sizes;
};

Sums SumsOf(const HashSpec& spec, const FrozenRows& rows,
            std::span<const RowId> ids, const CodeMatrix& codes) {
  Sums sums{.values = std::vector<double>(spec.num_buckets() * spec.cols),
            .squares = std::vector<double>(spec.num_buckets()),
            .sizes = std::vector<std::size_t>(spec.num_buckets())};
  std::vector<float> row(spec.cols);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Code cell = codes.row(i)[0];
    double* const sum = &sums.values[cell * spec.cols];
    rows.CopyRow(ids[i], row);
    for (std::size_t c = 0; c < row.size(); ++c) {
      sum[c] += row[c];
      sums.squares[cell] += double{row[c]} * double{row[c]};
    }
    ++sums.sizes[cell];
  }
  return sums;
}

}  // namespace

CellMeans MeansOfCells(const HashSpec& spec, const FrozenRows& rows,
                       std::span<const RowId> ids, const CodeMatrix& codes) {
  Sums sums = SumsOf(spec, rows, ids, codes);
  Cells cells{.anchors = std::vector<float>(spec.num_buckets() * spec.cols),
              .spreads = std::vector<float>(spec.num_buckets())};
  for (std::size_t cell = 0; cell < sums.sizes.size(); ++cell) {
    if (sums.sizes[cell] == 0) continue;
    const auto size = static_cast<double>(sums.sizes[cell]);
    const auto anchor = AnchorOf(cells, cell, spec.cols);
    double square = 0;
    for (std::size_t c = 0; c < anchor.size(); ++c) {
      const double mean = sums.values[cell * spec.cols + c] / size;
      anchor[c] = static_cast<float>(mean);
      square += mean * mean;
    }
    const double variance = std::max(0.0, sums.squares[cell] / size - square);
    cells.spreads[cell] = static_cast<float>(
        std::sqrt(variance / static_cast<double>(spec.cols)));
  }
  return {std::move(cells), std::move(sums.sizes)};
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
    const auto from = AnchorOf(cells, order[largest], cols);
    const auto to = AnchorOf(cells, *empty, cols);
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

CellMeans FollowRows(const HashSpec& spec, const Cells& old,
                     const FrozenRows& rows, const CodeMatrix& codes) {
  std::vector<RowId> ids(codes.rows());
  std::iota(ids.begin(), ids.end(), RowId{0});
  CellMeans means = MeansOfCells(spec, rows, ids, codes);
  for (std::size_t cell = 0; cell < means.sizes.size(); ++cell) {
    if (means.sizes[cell] != 0) continue;
    std::ranges::copy(
        std::span(old.anchors).subspan(cell * spec.cols, spec.cols),
        AnchorOf(means.cells, cell, spec.cols).begin());
    means.cells.spreads[cell] = old.spreads[cell];
  }
  return means;
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
