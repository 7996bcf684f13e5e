#include "client/examples/precision_at_k.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

#include "client/examples/dense_matrix.h"
#include "client/examples/top_rows.h"

namespace mongoose::examples {
namespace {

constexpr std::size_t kNumTop = 5;
constexpr std::size_t kPointsPerBatch = 512;

}  // namespace

Precision MeasurePrecision(const SparseMlp& model, const XcPoints& points,
                           std::size_t num_points) {
  if (num_points == 0 || num_points > points.count()) {
    num_points = points.count();
  }
  TopRows top(kNumTop);
  DenseMatrix hidden;
  std::array<std::size_t, kNumTop> hits_at{};  // hits of each rank
  std::size_t num_labelled = 0;
  for (std::size_t first = 0; first < num_points; first += kPointsPerBatch) {
    std::vector<std::uint32_t> ranks(
        std::min(kPointsPerBatch, num_points - first));
    std::iota(ranks.begin(), ranks.end(), static_cast<std::uint32_t>(first));
    const XcPoints batch = SelectPoints(points, ranks);
    model.input().Forward(batch, hidden);
    top.Find(hidden, model.output().weights());
    for (std::size_t b = 0; b < batch.count(); ++b) {
      const auto labels = batch.labels.list(b);
      num_labelled += labels.empty() ? 0 : 1;
      const std::vector<std::uint32_t> best = top.RowsOf(b);
      for (std::size_t rank = 0; rank < best.size(); ++rank) {
        hits_at[rank] += std::ranges::count(labels, best[rank]) > 0 ? 1 : 0;
      }
    }
  }
  const auto share = [&](std::size_t k) {
    const std::size_t hits =
        std::accumulate(hits_at.begin(), hits_at.begin() + k, std::size_t{0});
    return 100.0 * static_cast<double>(hits) /
           static_cast<double>(std::max<std::size_t>(1, k * num_labelled));
  };
  return {share(1), share(3), share(5)};
}

}  // namespace mongoose::examples
