#include "core/attention/shared_attention.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "core/base/matrix_product.h"
#include "core/base/single_threaded.h"

namespace mongoose {
namespace {

constexpr float kHidden = -std::numeric_limits<float>::infinity();

// Softmax in place; all 0 if that is not defined.
void Softmax(std::span<float> scores) {
  const float largest = std::ranges::max(scores);
  float sum = 0;
  for (float& score : scores) {
    score = std::exp(score - largest);
    sum += score;
  }
  const float scale = std::isfinite(largest) && sum > 0 ? 1 / sum : 0.0F;
  for (float& score : scores) score = scale == 0 ? 0.0F : score * scale;
}

// Of which chunk each position is, [rounds, seq].
std::vector<std::uint32_t> ChunksOf(std::span<const std::uint32_t> order,
                                    std::size_t seq, std::size_t chunk) {
  std::vector<std::uint32_t> chunks(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t round = i / seq;
    chunks[round * seq + order[i]] =
        static_cast<std::uint32_t>((i % seq) / chunk);
  }
  return chunks;
}

}  // namespace

std::vector<float> SharedAttention(MatrixView<const float> vectors,
                                   bool causal) {
  const std::size_t seq = vectors.rows();
  const std::size_t dim = vectors.cols();
  std::vector<float> factors(seq);
  for (std::size_t j = 0; j < seq; ++j) {
    double squares = 0;
    for (const float x : vectors.row(j)) squares += double{x} * double{x};
    factors[j] = squares > 0
                     ? static_cast<float>(
                           1 / std::sqrt(squares * static_cast<double>(dim)))
                     : 0.0F;
  }
  std::vector<float> weights(seq * seq);
  {
    const SingleThreaded single;
    Multiply({seq, seq, dim}, {vectors.data().data(), dim},
             {vectors.data().data(), dim, /*transposed=*/true},
             {weights.data(), seq});
  }
  for (std::size_t i = 0; i < seq; ++i) {
    const auto row = std::span(weights).subspan(i * seq, seq);
    for (std::size_t j = 0; j < seq; ++j) {
      row[j] = j == i || (causal && j > i) ? kHidden : row[j] * factors[j];
    }
    Softmax(row);
  }
  return weights;
}

void KeepStrongAttention(std::size_t seq, bool causal,
                         std::span<float> weights) {
  constexpr float kOrdinary = 2;
  for (std::size_t i = 0; i < seq; ++i) {
    const std::size_t sees = causal ? i : seq - 1;
    const float ordinary =
        kOrdinary / static_cast<float>(std::max<std::size_t>(1, sees));
    for (float& weight : weights.subspan(i * seq, seq)) {
      weight = std::max(0.0F, weight - ordinary);
    }
  }
}

double CapturedShare(std::span<const float> weights,
                     std::span<const std::uint32_t> order, std::size_t seq,
                     std::size_t chunk) {
  assert(weights.size() == seq * seq && order.size() % seq == 0);
  const std::size_t rounds = order.size() / seq;
  const auto num_chunks = static_cast<std::uint32_t>((seq + chunk - 1) / chunk);
  const std::vector<std::uint32_t> chunks = ChunksOf(order, seq, chunk);
  const auto together = [&](std::size_t i, std::size_t j) {
    for (std::size_t r = 0; r < rounds; ++r) {
      const std::uint32_t own = chunks[r * seq + i];
      const std::uint32_t other = chunks[r * seq + j];
      if (own == other || own == (other + 1) % num_chunks) return true;
    }
    return false;
  };
  double captured = 0;
  double all = 0;
  for (std::size_t i = 0; i < seq; ++i) {
    for (std::size_t j = 0; j < seq; ++j) {
      const double weight{weights[i * seq + j]};
      all += weight;
      if (weight > 0 && together(i, j)) captured += weight;
    }
  }
  return all > 0 ? captured / all : 0.0;
}

}  // namespace mongoose
