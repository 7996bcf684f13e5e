#include "client/examples/top_rows.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "client/examples/vector_loops.h"
#include "core/base/matrix_product.h"

namespace mongoose::examples {
namespace {

constexpr std::size_t kRowsPerBlock = 2048;

}  // namespace

void TopRows::Find(const DenseMatrix& hidden, const DenseMatrix& weights) {
  const std::size_t width = weights.cols();
  inputs_.Reshape(hidden.rows(), width);
  for (std::size_t b = 0; b < hidden.rows(); ++b) {
    std::ranges::copy(hidden.row(b), inputs_.row(b).begin());
    inputs_.row(b).back() = 1.0F;
  }
  best_.assign(hidden.rows(), {});
  for (std::size_t first = 0; first < weights.rows(); first += kRowsPerBlock) {
    const std::size_t count = std::min(kRowsPerBlock, weights.rows() - first);
    scores_.Reshape(hidden.rows(), count);
    Multiply({hidden.rows(), count, width}, {inputs_.values().data(), width},
             {weights.row(first).data(), width, true},
             {scores_.values().data(), count});
#pragma omp parallel
    {
      std::vector<std::uint32_t> positions(count);
#pragma omp for schedule(static)
      for (std::size_t b = 0; b < best_.size(); ++b) {
        Merge(scores_.row(b), first, positions, best_[b]);
      }
    }
  }
}

void TopRows::Merge(std::span<const float> scores, std::size_t first,
                    std::vector<std::uint32_t>& positions,
                    std::vector<Scored>& best) const {
  const float threshold = best.size() < num_top_
                              ? -std::numeric_limits<float>::infinity()
                              : best.front().score;
  const std::size_t found = FindAbove(scores, threshold, positions.data());
  for (const std::uint32_t position : std::span(positions).first(found)) {
    const Scored scored{scores[position],
                        static_cast<std::uint32_t>(first + position)};
    if (best.size() == num_top_) {
      if (!(scored > best.front())) {
        continue;
      }
      std::ranges::pop_heap(best, std::greater());
      best.pop_back();
    }
    best.push_back(scored);
    std::ranges::push_heap(best, std::greater());
  }
}

std::vector<std::uint32_t> TopRows::RowsOf(std::size_t sample) const {
  std::vector<Scored> best = best_[sample];
  std::sort(best.begin(), best.end(), std::greater());
  std::vector<std::uint32_t> rows;
  rows.reserve(best.size());
  for (const Scored& scored : best) {
    rows.push_back(scored.row);
  }
  return rows;
}

}  // namespace mongoose::examples
