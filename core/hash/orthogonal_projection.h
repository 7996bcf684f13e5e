#ifndef MONGOOSE_CORE_HASH_ORTHOGONAL_PROJECTION_H_
#define MONGOOSE_CORE_HASH_ORTHOGONAL_PROJECTION_H_

#include <cstddef>
#include <span>
#include <vector>

#include "core/base/aligned_vector.h"
#include "core/hash/tile_projection.h"

namespace mongoose {

// SimHash whose directions come in orthogonal blocks, each the product of
// three rounds of (random signs, Hadamard transform) [Andoni et al. 2015,
// "Practical and optimal LSH for angular distance", section 3].
//
// The transform has the length of a power of two.  Where `cols` is at most an
// eighth above one (128 + bias), the rounds take turns between the first and
// the last `length` coordinates, which keeps the whole orthogonal; otherwise
// vectors are padded with zeros to the next power of two.
//
// Cost per vector: ceil(num_bits / length) * 3 * length * log2(length) adds.
class OrthogonalProjection final : public TileProjection {
 public:
  OrthogonalProjection(const HashSpec& spec, Means means);

  std::vector<float> Directions() const override;

  // Coordinates of one transform.
  std::size_t length() const { return length_; }

 private:
  void HashTile(std::span<const float> tile, std::span<Code> codes,
                float* margins) const override;
  static constexpr std::size_t kRounds = 3;

  std::size_t length_ = 1;
  std::size_t last_offset_ = 0;  // of the window over the last coordinates
  std::size_t num_blocks_ = 0;
  AlignedVector<float> signs_;  // [blocks, rounds, length], +-length^-1/2
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_ORTHOGONAL_PROJECTION_H_
