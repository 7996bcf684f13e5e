#ifndef MONGOOSE_CORE_HASH_HASH_SPEC_H_
#define MONGOOSE_CORE_HASH_HASH_SPEC_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"

namespace mongoose {

enum class HashFamily {
  kOrthogonal,     // SimHash with random rotations
  kDenseGaussian,  // SimHash with Gaussian or learned directions
  kDenseSign,      // SimHash with +1 / -1 directions
  kDensifiedWta,   // densified winner-take-all
  kPartition,      // learned: the nearest of num_buckets() anchors
};

// The arithmetic of a hash function, part of the index version: codes never
// differ between machines of one profile.
enum class NumericProfile {
  kFloat32,  // sums in a fixed order
  kInt8,     // whole numbers; SimHash and PARTITION only
};

inline constexpr std::size_t kMaxSketchBits = 512;

// The shape and seed of an index's hash functions.
struct HashSpec {
  HashFamily family = HashFamily::kOrthogonal;
  std::size_t cols = 0;            // values per hashed vector, 1..4097
  std::size_t bits_per_table = 0;  // K in the papers, 1..16
  std::size_t num_tables = 0;      // L in the papers, 1..512
  std::uint64_t seed = 0;
  NumericProfile profile = NumericProfile::kFloat32;
  bool centre = false;  // subtract means before hashing
  // Bits of each row's codes kept for scans over all rows: 0 for none, else a
  // multiple of 64 up to kMaxSketchBits and num_bits().
  std::size_t sketch_bits = 0;

  std::size_t num_bits() const { return bits_per_table * num_tables; }
  std::size_t num_buckets() const { return std::size_t{1} << bits_per_table; }
  bool is_partition() const { return family == HashFamily::kPartition; }
  bool can_learn() const {
    return is_partition() || family == HashFamily::kDenseGaussian;
  }
  bool is_simhash() const {
    return !is_partition() && family != HashFamily::kDensifiedWta;
  }

  friend bool operator==(const HashSpec&, const HashSpec&) = default;
};

// bits_per_table for a PARTITION of so many rows: cells near twice the square
// root of the rows, so that finding cells costs about as much as reading them.
std::size_t DefaultPartitionBits(std::size_t num_rows);

// InvalidArgument with field, rule and value when a field is out of range.
absl::Status ValidateHashSpec(const HashSpec& spec);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_HASH_SPEC_H_
