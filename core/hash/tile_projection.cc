#include "core/hash/tile_projection.h"

#include <algorithm>
#include <cassert>

#include "core/base/aligned_vector.h"

namespace mongoose {
namespace {

// Scratch of one thread.
struct Tile {
  AlignedVector<float> values;   // [cols, 16]
  AlignedVector<Code> codes;     // [tables, 16]
  AlignedVector<float> margins;  // [num_bits, 16]
};

}  // namespace

void TileProjection::HashVectors(MatrixView<const float> vectors,
                                 const CodeRows& codes,
                                 std::span<float> margins) const {
  assert(vectors.cols() == spec().cols);
  const std::size_t bits = spec().num_bits();
  assert(margins.empty() || margins.size() == vectors.rows() * bits);
  thread_local Tile tile;
  tile.values.assign(spec().cols * kTileVectors, 0.0F);
  tile.codes.resize(spec().num_tables * kTileVectors);
  tile.margins.resize(margins.empty() ? 0 : bits * kTileVectors);
  for (std::size_t first = 0; first < vectors.rows(); first += kTileVectors) {
    const std::size_t count = std::min(kTileVectors, vectors.rows() - first);
    for (std::size_t v = 0; v < count; ++v) {
      const auto vector = vectors.row(first + v);
      for (std::size_t i = 0; i < vector.size(); ++i) {
        tile.values[i * kTileVectors + v] = vector[i];
      }
    }
    HashTile(tile.values, tile.codes,
             margins.empty() ? nullptr : tile.margins.data());
    for (std::size_t v = 0; v < count; ++v) {
      Code* out = codes.data + (first + v) * codes.stride;
      for (std::size_t t = 0; t < spec().num_tables; ++t) {
        out[t] = tile.codes[t * kTileVectors + v];
      }
      for (std::size_t bit = 0; bit < tile.margins.size() / kTileVectors;
           ++bit) {
        margins[(first + v) * bits + bit] =
            tile.margins[bit * kTileVectors + v];
      }
    }
  }
}

}  // namespace mongoose
