// Sequences whose strong attention rotations can learn to keep.
#ifndef MONGOOSE_TESTS_SUPPORT_PLANTED_SEQUENCES_H_
#define MONGOOSE_TESTS_SUPPORT_PLANTED_SEQUENCES_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "core/attention/bucket_assignment.h"
#include "core/base/counter_rng.h"
#include "core/learn/rotation_gate.h"
#include "tests/support/matrix.h"

namespace mongoose::test_support {

// Each position belongs to one of `kGroups` groups, the same in all heads, and
// attends to its own; a mean that all share hides them from random rotations.
struct PlantedSequences {
  static constexpr std::size_t kDim = 16;
  static constexpr std::size_t kGroups = 16;

  // Equal worlds have equal groups and means.
  PlantedSequences(std::size_t num_heads, std::size_t positions,
                   std::uint64_t seed, std::uint64_t world = 42)
      : heads(num_heads), seq(positions) {
    Matrix centres = GaussianMatrix(kGroups + 1, kDim, world);
    for (std::size_t g = 0; g <= kGroups; ++g) {
      const auto centre = std::span(centres.values).subspan(g * kDim, kDim);
      const float length = std::sqrt(std::inner_product(
          centre.begin(), centre.end(), centre.begin(), 0.0F));
      for (float& value : centre) value *= 4 / length;
    }
    const Matrix noise = GaussianMatrix(heads * seq, kDim, seed);
    CounterRng rng(seed, 1);
    for (std::size_t i = 0; i < heads * seq; ++i) {
      const std::size_t group = rng.NextBelow(kGroups);
      for (std::size_t c = 0; c < kDim; ++c) {
        values.push_back(9 * centres.values[kGroups * kDim + c] +
                         6 * centres.values[group * kDim + c] +
                         noise.values[i * kDim + c]);
      }
    }
  }
  MatrixView<const float> view() const { return {values, heads * seq, kDim}; }
  MatrixView<const float> head(std::size_t i) const {
    return view().Rows(i * seq, seq);
  }
  std::vector<MatrixView<const float>> all() const {
    std::vector<MatrixView<const float>> out;
    for (std::size_t i = 0; i < heads; ++i) out.push_back(head(i));
    return out;
  }
  std::vector<JudgedHead> judged(std::size_t chunk) const {
    std::vector<JudgedHead> out;
    for (const auto& head : all()) {
      out.push_back({.vectors = head, .chunk = chunk});
    }
    return out;
  }
  BucketQuery query(std::size_t num_buckets) const {
    return {.vectors = view(),
            .heads = heads,
            .seq = seq,
            .num_buckets = num_buckets};
  }

  std::size_t heads;
  std::size_t seq;
  std::vector<float> values;
};

}  // namespace mongoose::test_support

#endif  // MONGOOSE_TESTS_SUPPORT_PLANTED_SEQUENCES_H_
