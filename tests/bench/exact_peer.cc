#include "tests/bench/exact_peer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "tests/bench/sgemm.h"

namespace mongoose::bench {
namespace {

// 128 queries times these are 8 MiB of scores.
constexpr std::size_t kRowsPerProduct = 16384;
constexpr std::size_t kQueriesPerPart = 16;

// The k best of the rows offered.
class TopRows {
 public:
  explicit TopRows(std::size_t k) : k_(k) { heap_.reserve(k + 1); }

  // Scores of rows first, first + 1, ...
  void OfferRun(const float* scores, std::size_t count, RowId first) {
    constexpr std::size_t kRun = 64;
    std::size_t i = 0;
    for (; i + kRun <= count; i += kRun) {
      int above = 0;
      for (std::size_t j = 0; j < kRun; ++j) {
        above += scores[i + j] > least_ ? 1 : 0;
      }
      if (above == 0) continue;
      for (std::size_t j = i; j < i + kRun; ++j) {
        Offer(scores[j], first + static_cast<RowId>(j));
      }
    }
    for (; i < count; ++i) Offer(scores[i], first + static_cast<RowId>(i));
  }

  void Offer(float score, RowId row) {
    if (!(score > least_)) return;
    heap_.emplace_back(score, row);
    std::ranges::push_heap(heap_, std::greater<>());
    if (heap_.size() > k_) {
      std::ranges::pop_heap(heap_, std::greater<>());
      heap_.pop_back();
    }
    if (heap_.size() == k_) least_ = heap_.front().first;
  }

  void Write(std::span<RowId> found) {
    std::ranges::sort(heap_, std::greater<>());
    std::ranges::fill(found, kNoRow);
    for (std::size_t i = 0; i < heap_.size(); ++i) found[i] = heap_[i].second;
  }

 private:
  std::size_t k_;
  float least_ = -std::numeric_limits<float>::infinity();
  std::vector<std::pair<float, RowId>> heap_;  // the least on top
};

float Dot(std::span<const float> a, const float* b) {
  constexpr std::size_t kLanes = 16;
  std::array<float, kLanes> sums{};
  std::size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes) {
    for (std::size_t j = 0; j < kLanes; ++j) sums[j] += a[i + j] * b[i + j];
  }
  for (; i < a.size(); ++i) sums[0] += a[i] * b[i];
  float sum = 0;
  for (const float lane : sums) sum += lane;
  return sum;
}

}  // namespace

void ExactPeer::Search(MatrixView<const float> queries,
                       std::span<RowId> found) {
  const std::size_t k = found.size() / queries.rows();
  std::vector<TopRows> best(queries.rows(), TopRows(k));
  scores_.resize(queries.rows() * kRowsPerProduct);
  const std::size_t parts =
      (queries.rows() + kQueriesPerPart - 1) / kQueriesPerPart;
  for (std::size_t first = 0; first < rows_.rows; first += kRowsPerProduct) {
    const std::size_t count = std::min(kRowsPerProduct, rows_.rows - first);
    MultiplyTransposed(
        {.rows = queries.rows(), .cols = count, .inner = rows_.cols},
        queries.data().data(), &rows_.values[first * rows_.cols],
        scores_.data());
    workers_.ParallelFor(parts, [&](std::size_t part) {
      const std::size_t begin = part * kQueriesPerPart;
      const std::size_t end = std::min(begin + kQueriesPerPart, queries.rows());
      for (std::size_t q = begin; q < end; ++q) {
        best[q].OfferRun(&scores_[q * count], count, static_cast<RowId>(first));
      }
    });
  }
  for (std::size_t q = 0; q < queries.rows(); ++q) {
    best[q].Write(found.subspan(q * k, k));
  }
}

void RerankExactly(const test_support::Matrix& rows,
                   std::span<const float> query,
                   std::span<const std::int64_t> candidates,
                   std::span<RowId> found) {
  constexpr std::size_t kAhead = 8;
  TopRows best(found.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (i + kAhead < candidates.size() && candidates[i + kAhead] >= 0) {
      const auto ahead = static_cast<std::size_t>(candidates[i + kAhead]);
      const float* next = &rows.values[ahead * rows.cols];
      for (std::size_t c = 0; c < rows.cols; c += 16) {
        __builtin_prefetch(next + c);
      }
    }
    if (candidates[i] < 0) continue;
    const auto row = static_cast<std::size_t>(candidates[i]);
    best.Offer(Dot(query, &rows.values[row * rows.cols]),
               static_cast<RowId>(row));
  }
  best.Write(found);
}

}  // namespace mongoose::bench
