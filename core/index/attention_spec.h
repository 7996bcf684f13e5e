#ifndef MONGOOSE_CORE_INDEX_ATTENTION_SPEC_H_
#define MONGOOSE_CORE_INDEX_ATTENTION_SPEC_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "core/attention/rotations.h"
#include "core/index/learn_spec.h"

namespace mongoose {

// What an attention index is; nothing is left to default.
struct AttentionSpec {
  std::string name;  // as of IndexSpec
  RotationShape shape;
  std::size_t bucket_size = 64;  // positions a bucket is meant to have, >= 1
  std::uint64_t seed = 0;        // of the first rotations
  // Positions attend to earlier ones only.
  bool causal = false;
  // Its target has no meaning here; sample_share is of heads, min_gain of
  // attention kept by chunks.
  LearnSpec learning;

  friend bool operator==(const AttentionSpec&, const AttentionSpec&) = default;
};

// InvalidArgument with field, rule and value.
absl::Status ValidateAttentionSpec(const AttentionSpec& spec);
// The most heads that are learned from at a time, and positions of each.
inline constexpr std::size_t kMaxLessonHeads = 64;
inline constexpr std::size_t kMaxSampledPositions = 2048;
// Versions of rotations that are kept.
inline constexpr std::size_t kKeptVersions = 4;
// An upper bound: directions and their products for every number of buckets,
// of all versions that are kept, and what is kept to learn from; not what
// learning needs while it runs.
std::size_t EstimateAttentionBytes(const AttentionSpec& spec);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_ATTENTION_SPEC_H_
