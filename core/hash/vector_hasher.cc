#include "core/hash/vector_hasher.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <functional>
#include <vector>

namespace mongoose {
namespace {

void Subtract(std::span<const float> mean, std::span<float> vector) {
  if (mean.empty()) return;
  std::ranges::transform(vector, mean, vector.begin(), std::minus<>());
}

}  // namespace

void ReadCentredRows(const Projection& projection, const FrozenRows& rows,
                     std::span<const RowId> ids, std::span<float> out) {
  const std::size_t cols = projection.spec().cols;
  assert(out.size() == ids.size() * cols);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto vector = out.subspan(i * cols, cols);
    rows.CopyRow(ids[i], vector);
    Subtract(projection.means().rows, vector);
  }
}

void HashRows(const Projection& projection, const FrozenRows& rows,
              std::span<const RowId> ids, std::size_t first,
              CodeMatrix& codes) {
  const std::size_t cols = projection.spec().cols;
  assert(rows.layout().cols == cols);
  std::vector<float> vectors(kBlockVectors * cols);
  for (std::size_t done = 0; done < ids.size(); done += kBlockVectors) {
    const std::size_t count = std::min(kBlockVectors, ids.size() - done);
    const auto block = std::span(vectors).first(count * cols);
    ReadCentredRows(projection, rows, ids.subspan(done, count), block);
    projection.HashVectors({block, count, cols}, codes.From(first + done), {});
  }
}

void HashQueries(const Projection& projection, MatrixView<const float> queries,
                 CodeMatrix& codes, std::span<float> margins) {
  const std::size_t cols = projection.spec().cols;
  assert(queries.cols() == cols);
  const std::size_t bits = margins.empty() ? 0 : projection.spec().num_bits();
  assert(margins.size() == queries.rows() * bits);
  std::vector<float> vectors;
  for (std::size_t first = 0; first < queries.rows(); first += kBlockVectors) {
    const std::size_t count = std::min(kBlockVectors, queries.rows() - first);
    const auto block = queries.Rows(first, count).data();
    vectors.assign(block.begin(), block.end());
    for (std::size_t v = 0; v < count; ++v) {
      Subtract(projection.means().queries,
               std::span(vectors).subspan(v * cols, cols));
    }
    projection.HashVectors({vectors, count, cols}, codes.From(first),
                           margins.subspan(first * bits, count * bits));
  }
}

}  // namespace mongoose
