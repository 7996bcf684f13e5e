#include "core/learn/router_cost.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <ranges>
#include <utility>
#include <vector>

namespace mongoose {
namespace {

constexpr int kHalvings = 12;
constexpr double kMaxPenalty = 1024;
// Queries ranked at a time.
constexpr std::size_t kBlock = 128;

// Mean length of the router's vectors: what keys of unit queries are made of.
double MeanNorm(const PartitionProjection::Router& router) {
  const std::size_t cells = router.offsets.size();
  const std::size_t cols = router.vectors.size() / cells;
  double sum = 0;
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const auto vector = std::span(router.vectors).subspan(cell * cols, cols);
    sum += std::sqrt(
        std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0));
  }
  return sum / static_cast<double>(cells);
}

}  // namespace

double MeanRowsRead(const PartitionProjection& partition,
                    const ReadPlan& plan) {
  const std::size_t queries = plan.queries.rows();
  if (queries == 0) return 0;
  std::vector<Code> nearest;
  double rows = 0;
  for (std::size_t first = 0; first < queries; first += kBlock) {
    const std::size_t count = std::min(kBlock, queries - first);
    nearest.resize(count * plan.num_cells);
    partition.NearestCells(plan.queries.Rows(first, count), plan.num_cells,
                           nearest);
    for (const Code cell : nearest) {
      rows += static_cast<double>(plan.sizes[cell]);
    }
  }
  return rows / static_cast<double>(queries);
}

std::size_t MostCells(const PartitionProjection& partition, ReadPlan plan,
                      double max_rows) {
  const auto more = std::views::iota(std::size_t{2}, plan.sizes.size() + 1);
  const auto too_many =
      std::ranges::upper_bound(more, max_rows, {}, [&](std::size_t num_cells) {
        plan.num_cells = num_cells;
        return MeanRowsRead(partition, plan);
      });
  return 1 + static_cast<std::size_t>(too_many - more.begin());
}

std::shared_ptr<const PartitionProjection> LevelCost(
    const PartitionProjection& partition, PartitionProjection::Router learned,
    const ReadPlan& plan, double max_rows) {
  const double unit = MeanNorm(learned);
  const auto with_penalty = [&](double penalty) {
    PartitionProjection::Router router = learned;
    for (std::size_t cell = 0; cell < router.offsets.size(); ++cell) {
      router.offsets[cell] -= static_cast<float>(
          penalty * unit * std::log1p(static_cast<double>(plan.sizes[cell])));
    }
    return std::make_shared<const PartitionProjection>(
        partition.spec(), partition.cells(), std::move(router));
  };
  auto best = with_penalty(0);
  if (MeanRowsRead(*best, plan) <= max_rows) return best;
  double low = 0;
  double high = 1;
  best = with_penalty(high);
  for (; high < kMaxPenalty && MeanRowsRead(*best, plan) > max_rows;
       high *= 2) {
    best = with_penalty(2 * high);
  }
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    auto candidate = with_penalty(middle);
    if (MeanRowsRead(*candidate, plan) <= max_rows) {
      high = middle;
      best = std::move(candidate);
    } else {
      low = middle;
    }
  }
  return best;
}

}  // namespace mongoose
