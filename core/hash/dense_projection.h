#ifndef MONGOOSE_CORE_HASH_DENSE_PROJECTION_H_
#define MONGOOSE_CORE_HASH_DENSE_PROJECTION_H_

#include <span>
#include <vector>

#include "core/base/aligned_vector.h"
#include "core/hash/tile_projection.h"

namespace mongoose {

// SimHash with independent directions: Gaussian [Charikar 2002], of +1 and -1
// [the MONGOOSE reference's SLIDE mode], or learned (direction_trainer.h).
//
// Cost per vector: 2 * cols * num_bits flops.
class DenseProjection final : public TileProjection {
 public:
  // Draws directions from spec.seed.
  DenseProjection(const HashSpec& spec, Means means);
  // Takes `directions` [num_bits, cols].
  DenseProjection(const HashSpec& spec, Means means,
                  std::span<const float> directions);

  std::vector<float> Directions() const override;

 private:
  void HashTile(std::span<const float> tile, std::span<Code> codes,
                float* margins) const override;
  std::size_t stride_;               // num_bits padded for the kernel
  AlignedVector<float> directions_;  // [cols, stride]
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_DENSE_PROJECTION_H_
