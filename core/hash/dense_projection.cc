#include "core/hash/dense_projection.h"

#include <cassert>
#include <cstring>
#include <utility>

#include "core/base/counter_rng.h"
#include "core/hash/tile_kernels.h"

namespace mongoose {

namespace {

std::vector<float> DrawDirections(const HashSpec& spec) {
  std::vector<float> directions(spec.num_bits() * spec.cols);
  for (std::size_t bit = 0; bit < spec.num_bits(); ++bit) {
    CounterRng rng(spec.seed, bit);
    for (std::size_t i = 0; i < spec.cols; ++i) {
      directions[bit * spec.cols + i] =
          spec.family == HashFamily::kDenseSign
              ? rng.NextSign()
              : static_cast<float>(rng.NextGaussian());
    }
  }
  return directions;
}

}  // namespace

DenseProjection::DenseProjection(const HashSpec& spec, Means means)
    : DenseProjection(spec, std::move(means), DrawDirections(spec)) {}

DenseProjection::DenseProjection(const HashSpec& spec, Means means,
                                 std::span<const float> directions)
    : TileProjection(spec, std::move(means)),
      stride_((spec.num_bits() + kDenseColumns - 1) / kDenseColumns *
              kDenseColumns),
      directions_(spec.cols * stride_, 0.0F) {
  assert(directions.size() == spec.num_bits() * spec.cols);
  for (std::size_t bit = 0; bit < spec.num_bits(); ++bit) {
    for (std::size_t i = 0; i < spec.cols; ++i) {
      directions_[i * stride_ + bit] = directions[bit * spec.cols + i];
    }
  }
}

void DenseProjection::HashTile(std::span<const float> tile,
                               std::span<Code> codes, float* margins) const {
  assert(tile.size() == spec().cols * kTileVectors);
  assert(codes.size() == spec().num_tables * kTileVectors);
  thread_local AlignedVector<float> projected;
  projected.resize(stride_ * kTileVectors);
  ProjectTile(tile.data(), directions_.data(), spec().cols, stride_,
              projected.data());
  PackSigns(projected.data(), spec().bits_per_table, spec().num_tables,
            codes.data());
  if (margins != nullptr) {
    std::memcpy(margins, projected.data(),
                spec().num_bits() * kTileVectors * sizeof(float));
  }
}

std::vector<float> DenseProjection::Directions() const {
  std::vector<float> out(spec().num_bits() * spec().cols);
  for (std::size_t bit = 0; bit < spec().num_bits(); ++bit) {
    for (std::size_t i = 0; i < spec().cols; ++i) {
      out[bit * spec().cols + i] = directions_[i * stride_ + bit];
    }
  }
  return out;
}

}  // namespace mongoose
