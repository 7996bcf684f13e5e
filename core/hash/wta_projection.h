#ifndef MONGOOSE_CORE_HASH_WTA_PROJECTION_H_
#define MONGOOSE_CORE_HASH_WTA_PROJECTION_H_

#include <cstdint>
#include <span>
#include <vector>

#include "core/hash/tile_projection.h"

namespace mongoose {

// Densified winner-take-all [Chen and Shrivastava 2018; SLIDE section 3.2].
//
// Random permutations of the coordinates are cut into bins of 8; a bin's hash
// is the position of its maximum, 3 bits, lowest position on ties.  A bin of
// zeros borrows the hash of another bin chosen by universal hashing; a zero
// vector gets code 0.  Invariant to monotone maps of the coordinates.
//
// Cost per vector: 8 comparisons per 3 bits.
class WtaProjection final : public TileProjection {
 public:
  WtaProjection(const HashSpec& spec, Means means);

 private:
  void HashTile(std::span<const float> tile, std::span<Code> codes,
                float* margins) const override;
  static constexpr std::size_t kBinSize = 8;
  static constexpr std::size_t kBitsPerBin = 3;

  // The bin whose hash an empty `bin` borrows at the given attempt.
  std::size_t Donor(std::size_t bin, std::uint32_t attempt) const;
  void Densify(std::span<std::uint32_t> winners,
               std::span<const std::uint32_t> filled) const;

  std::size_t bin_size_;  // kBinSize, or cols when there are fewer
  std::size_t num_bins_;
  std::vector<std::uint32_t> coordinates_;  // [bins, bin_size]
  std::uint32_t donor_multiplier_;          // odd
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_WTA_PROJECTION_H_
