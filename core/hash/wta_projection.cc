#include "core/hash/wta_projection.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

#include "core/base/counter_rng.h"
#include "core/base/shuffle.h"
#include "core/hash/tile_kernels.h"

namespace mongoose {

WtaProjection::WtaProjection(const HashSpec& spec, Means means)
    : TileProjection(spec, std::move(means)),
      bin_size_(std::min(kBinSize, spec.cols)),
      num_bins_(spec.num_bits() / kBitsPerBin) {
  coordinates_.reserve(num_bins_ * bin_size_);
  const std::size_t bins_per_permutation = spec.cols / bin_size_;
  std::vector<std::uint32_t> permutation(spec.cols);
  for (std::size_t bin = 0; bin < num_bins_; ++bin) {
    const std::size_t place = bin % bins_per_permutation;
    if (place == 0) {
      CounterRng rng(spec.seed, 1 + bin / bins_per_permutation);
      std::iota(permutation.begin(), permutation.end(), 0U);
      Shuffle(std::span(permutation), rng);
    }
    const auto first =
        permutation.begin() + static_cast<std::ptrdiff_t>(place * bin_size_);
    coordinates_.insert(coordinates_.end(), first,
                        first + static_cast<std::ptrdiff_t>(bin_size_));
  }
  donor_multiplier_ = CounterRng(spec.seed, 0).NextBits() | 1U;
}

std::size_t WtaProjection::Donor(std::size_t bin, std::uint32_t attempt) const {
  const auto key = static_cast<std::uint32_t>((bin + 1) << 7) + attempt;
  const std::uint32_t hash = donor_multiplier_ * key * 0x9E3779B1U;
  return static_cast<std::size_t>(std::uint64_t{hash} * num_bins_ >> 32);
}

void WtaProjection::Densify(std::span<std::uint32_t> winners,
                            std::span<const std::uint32_t> filled) const {
  constexpr std::uint32_t kMaxAttempts = 100;
  for (std::size_t i = 0; i < winners.size(); ++i) {
    if (filled[i] != 0) continue;
    const std::size_t v = i % kTileVectors;
    for (std::uint32_t attempt = 1; attempt <= kMaxAttempts; ++attempt) {
      const std::size_t donor =
          Donor(i / kTileVectors, attempt) * kTileVectors + v;
      if (filled[donor] == 0) continue;
      winners[i] = winners[donor];
      break;
    }
  }
}

void WtaProjection::HashTile(std::span<const float> tile, std::span<Code> codes,
                             [[maybe_unused]] float* margins) const {
  assert(tile.size() == spec().cols * kTileVectors);
  assert(codes.size() == spec().num_tables * kTileVectors);
  assert(margins == nullptr);
  thread_local std::vector<std::uint32_t> winners;
  thread_local std::vector<std::uint32_t> filled;
  winners.resize(num_bins_ * kTileVectors);
  filled.resize(num_bins_ * kTileVectors);
  FindWinners(tile.data(), coordinates_.data(), num_bins_, bin_size_,
              winners.data(), filled.data());
  Densify(winners, filled);
  const std::size_t bins_per_table = spec().bits_per_table / kBitsPerBin;
  std::ranges::fill(codes, Code{0});
  for (std::size_t bin = 0; bin < num_bins_; ++bin) {
    const std::size_t table = bin / bins_per_table;
    const std::size_t shift = bin % bins_per_table * kBitsPerBin;
    for (std::size_t v = 0; v < kTileVectors; ++v) {
      codes[table * kTileVectors + v] |=
          static_cast<Code>(winners[bin * kTileVectors + v] << shift);
    }
  }
}

}  // namespace mongoose
