#ifndef MONGOOSE_CORE_HASH_TILE_PROJECTION_H_
#define MONGOOSE_CORE_HASH_TILE_PROJECTION_H_

#include <cstddef>
#include <span>
#include <utility>

#include "core/hash/projection.h"

namespace mongoose {

inline constexpr std::size_t kTileVectors = 16;

// A projection that works on tiles of 16 vectors, transposed: coordinate i of
// vector v stands at tile[i * 16 + v].  Every lane is computed by the same
// scalar operations in the same order on every SIMD target.
class TileProjection : public Projection {
 public:
  void HashVectors(MatrixView<const float> vectors, const CodeRows& codes,
                   std::span<float> margins) const final;

 protected:
  TileProjection(const HashSpec& spec, Means means)
      : Projection(spec, std::move(means)) {}

  // Writes codes[table * 16 + v] and, unless `margins` is null, the signed
  // distance behind bit c of vector v to margins[c * 16 + v].
  // REQUIRES: tile has cols * 16 values; codes num_tables * 16; margins
  // num_bits * 16 and spec().is_simhash().
  virtual void HashTile(std::span<const float> tile, std::span<Code> codes,
                        float* margins) const = 0;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_TILE_PROJECTION_H_
