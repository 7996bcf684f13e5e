#include "core/hash/vector_hasher.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <vector>

namespace mongoose {
namespace {

// A tile of vectors and what comes of it.
struct Tile {
  Tile(const Projection& projection, bool with_margins)
      : cols(projection.spec().cols),
        values(cols * kTileVectors, 0.0F),
        codes(projection.spec().num_tables * kTileVectors),
        margins(with_margins ? projection.spec().num_bits() * kTileVectors
                             : 0) {}

  // Places `vector` minus `mean` (or nothing, when empty) at place v.
  void Set(std::size_t v, std::span<const float> vector,
           std::span<const float> mean) {
    for (std::size_t i = 0; i < cols; ++i) {
      values[i * kTileVectors + v] =
          mean.empty() ? vector[i] : vector[i] - mean[i];
    }
  }
  void Hash(const Projection& projection) {
    projection.HashTile(values, codes,
                        margins.empty() ? nullptr : margins.data());
  }
  void CopyCodes(std::size_t v, std::span<Code> out) const {
    for (std::size_t table = 0; table < out.size(); ++table) {
      out[table] = codes[table * kTileVectors + v];
    }
  }

  std::size_t cols;
  AlignedVector<float> values;   // [cols, 16]
  std::vector<Code> codes;       // [tables, 16]
  AlignedVector<float> margins;  // [num_bits, 16] or empty
};

}  // namespace

void HashRows(const Projection& projection, const FrozenRows& rows,
              std::span<const RowId> ids, std::size_t first,
              CodeMatrix& codes) {
  assert(rows.layout().cols == projection.spec().cols);
  Tile tile(projection, /*with_margins=*/false);
  std::vector<float> row(rows.layout().cols);
  for (std::size_t done = 0; done < ids.size(); done += kTileVectors) {
    const std::size_t count = std::min(kTileVectors, ids.size() - done);
    for (std::size_t v = 0; v < count; ++v) {
      rows.CopyRow(ids[done + v], row);
      tile.Set(v, row, projection.means().rows);
    }
    tile.Hash(projection);
    for (std::size_t v = 0; v < count; ++v) {
      tile.CopyCodes(v, codes.mutable_row(first + done + v));
    }
  }
}

void HashQueries(const Projection& projection, MatrixView<const float> queries,
                 CodeMatrix& codes, std::span<float> margins) {
  assert(queries.cols() == projection.spec().cols);
  const std::size_t bits = projection.spec().num_bits();
  assert(margins.empty() || margins.size() == queries.rows() * bits);
  Tile tile(projection, !margins.empty());
  for (std::size_t first = 0; first < queries.rows(); first += kTileVectors) {
    const std::size_t count = std::min(kTileVectors, queries.rows() - first);
    for (std::size_t v = 0; v < count; ++v) {
      tile.Set(v, queries.row(first + v), projection.means().queries);
    }
    tile.Hash(projection);
    for (std::size_t v = 0; v < count; ++v) {
      tile.CopyCodes(v, codes.mutable_row(first + v));
      if (margins.empty()) continue;
      for (std::size_t bit = 0; bit < bits; ++bit) {
        margins[(first + v) * bits + bit] =
            tile.margins[bit * kTileVectors + v];
      }
    }
  }
}

}  // namespace mongoose
