#include "core/oracle/exact_search.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <numeric>

#include <faiss/utils/distances.h>

#include "core/base/single_threaded.h"

namespace mongoose {
namespace {

// Rows unpacked to floats at a time: 2 MB of 128 floats each.
constexpr std::size_t kRowsPerChunk = 4096;

// One row a query might want, best first, ties by id.
struct Scored {
  float score;
  RowId row;
  friend bool operator<(const Scored& a, const Scored& b) {
    return a.score != b.score ? a.score > b.score : a.row < b.row;
  }
};

// Scores rows [first, first + count) and merges the best k of each query.
void SearchChunk(const FrozenRows& rows, std::size_t first, std::size_t count,
                 MatrixView<const float> queries, std::size_t k,
                 std::vector<std::vector<Scored>>& best) {
  const std::size_t cols = queries.cols();
  std::vector<float> values(count * cols);
  for (std::size_t i = 0; i < count; ++i) {
    rows.CopyRow(static_cast<RowId>(first + i),
                 std::span(values).subspan(i * cols, cols));
  }
  const std::size_t kept = std::min(k, count);
  std::vector<float> scores(queries.rows() * kept);
  std::vector<std::int64_t> ids(queries.rows() * kept);
  faiss::float_minheap_array_t heap = {queries.rows(), kept, ids.data(),
                                       scores.data()};
  faiss::knn_inner_product(queries.data().data(), values.data(), cols,
                           queries.rows(), count, &heap);
  for (std::size_t q = 0; q < queries.rows(); ++q) {
    for (std::size_t i = q * kept; i < (q + 1) * kept; ++i) {
      best[q].push_back(
          {scores[i], static_cast<RowId>(first) + static_cast<RowId>(ids[i])});
    }
    std::ranges::sort(best[q], std::less<>());
    best[q].resize(std::min(k, best[q].size()));
  }
}

}  // namespace

std::vector<RowId> ExactTopRows(const FrozenRows& rows,
                                MatrixView<const float> queries,
                                std::size_t k) {
  assert(queries.cols() == rows.layout().cols);
  const SingleThreaded single;
  const std::size_t num_rows = rows.layout().num_rows;
  std::vector<std::vector<Scored>> best(queries.rows());
  for (std::size_t first = 0; first < num_rows; first += kRowsPerChunk) {
    SearchChunk(rows, first, std::min(kRowsPerChunk, num_rows - first), queries,
                k, best);
  }
  std::vector<RowId> out;
  for (const auto& query : best) {
    for (const Scored& scored : query) out.push_back(scored.row);
  }
  return out;
}

double Recall(std::span<const RowId> truth, std::span<const RowId> found) {
  if (truth.empty()) return 1.0;
  const auto hits = std::ranges::count_if(truth, [&](RowId row) {
    return std::ranges::find(found, row) != found.end();
  });
  return static_cast<double>(hits) / static_cast<double>(truth.size());
}

}  // namespace mongoose
