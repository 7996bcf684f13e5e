#include "core/hash/orthogonal_projection.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <utility>

#include "core/base/counter_rng.h"
#include "core/hash/tile_kernels.h"

namespace mongoose {

OrthogonalProjection::OrthogonalProjection(const HashSpec& spec, Means means)
    : TileProjection(spec, std::move(means)) {
  const std::size_t below = std::bit_floor(spec.cols);
  length_ = spec.cols <= below + below / 8 ? below : 2 * below;
  last_offset_ = spec.cols > length_ ? spec.cols - length_ : 0;
  num_blocks_ = (spec.num_bits() + length_ - 1) / length_;
  signs_.resize(num_blocks_ * kRounds * length_);
  // Coordinates outside a window are not rotated, so those inside must keep
  // their length.
  const float scale = 1.0F / std::sqrt(static_cast<float>(length_));
  for (std::size_t block = 0; block < num_blocks_; ++block) {
    CounterRng rng(spec.seed, block);
    const auto first =
        signs_.begin() + static_cast<std::ptrdiff_t>(block * kRounds * length_);
    std::generate_n(first, kRounds * length_,
                    [&rng, scale] { return scale * rng.NextSign(); });
  }
}

void OrthogonalProjection::HashTile(std::span<const float> tile,
                                    std::span<Code> codes,
                                    float* margins) const {
  assert(tile.size() == spec().cols * kTileVectors);
  assert(codes.size() == spec().num_tables * kTileVectors);
  const std::size_t padded = std::max(spec().cols, length_);
  thread_local AlignedVector<float> rotated;
  thread_local AlignedVector<float> scratch;
  rotated.resize(num_blocks_ * length_ * kTileVectors);
  scratch.resize(padded * kTileVectors);
  for (std::size_t block = 0; block < num_blocks_; ++block) {
    std::memcpy(scratch.data(), tile.data(), tile.size_bytes());
    std::fill(scratch.begin() + static_cast<std::ptrdiff_t>(tile.size()),
              scratch.end(), 0.0F);
    // Even blocks end on the first window, odd ones on the last, so that no
    // coordinate is favoured.
    std::size_t window = block % 2 == 0 ? 0 : last_offset_;
    for (std::size_t round = 0; round < kRounds; ++round) {
      RotateTile(&scratch[window * kTileVectors],
                 &signs_[(block * kRounds + round) * length_], length_);
      if (round + 1 < kRounds) window = last_offset_ - window;
    }
    std::memcpy(&rotated[block * length_ * kTileVectors],
                &scratch[window * kTileVectors],
                length_ * kTileVectors * sizeof(float));
  }
  PackSigns(rotated.data(), spec().bits_per_table, spec().num_tables,
            codes.data());
  if (margins != nullptr) {
    std::memcpy(margins, rotated.data(),
                spec().num_bits() * kTileVectors * sizeof(float));
  }
}

// The margins of the unit vectors are the coordinates of the directions.
std::vector<float> OrthogonalProjection::Directions() const {
  const std::size_t cols = spec().cols;
  const std::size_t bits = spec().num_bits();
  std::vector<float> directions(bits * cols);
  std::vector<float> unit(cols, 0.0F);
  std::vector<Code> codes(spec().num_tables);
  std::vector<float> margins(bits);
  for (std::size_t i = 0; i < cols; ++i) {
    unit[i] = 1;
    HashVectors({unit, 1, cols}, {codes.data(), codes.size()}, margins);
    unit[i] = 0;
    for (std::size_t bit = 0; bit < bits; ++bit) {
      directions[bit * cols + i] = margins[bit];
    }
  }
  return directions;
}

}  // namespace mongoose
