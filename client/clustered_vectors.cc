#include "client/clustered_vectors.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace mongoose::client {
namespace {

// Length of a vector's offset from its centre, whose length is 1: the cosine
// of two vectors of one centre is about 1 / (1 + kSpread^2).
constexpr float kSpread = 0.5F;

void DrawUnitVector(std::mt19937_64& random, std::span<float> vector) {
  std::normal_distribution<float> normal;
  float squares = 0;
  for (float& value : vector) {
    value = normal(random);
    squares += value * value;
  }
  const float scale = squares > 0 ? 1 / std::sqrt(squares) : 0;
  for (float& value : vector) value *= scale;
}

}  // namespace

ClusteredVectors::ClusteredVectors(std::uint32_t num_clusters,
                                   std::uint32_t dim, std::uint64_t seed,
                                   std::uint64_t stream)
    : dim_(dim),
      num_clusters_(num_clusters),
      centres_(std::size_t{num_clusters} * dim) {
  assert(dim > 0);
  std::mt19937_64 random(seed);
  for (std::size_t first = 0; first < centres_.size(); first += dim) {
    DrawUnitVector(random, std::span(centres_).subspan(first, dim));
  }
  std::seed_seq words{seed & 0xFFFFFFFFU, seed >> 32, stream & 0xFFFFFFFFU,
                      stream >> 32, std::uint64_t{1}};
  random_.seed(words);
}

void ClusteredVectors::Draw(std::span<float> vector) {
  assert(vector.size() == dim_);
  DrawUnitVector(random_, vector);
  if (num_clusters_ == 0) return;
  const std::size_t cluster = random_() % num_clusters_;
  const float* centre = &centres_[cluster * dim_];
  std::transform(
      vector.begin(), vector.end(), centre, vector.begin(),
      [](float offset, float value) { return value + kSpread * offset; });
}

}  // namespace mongoose::client
