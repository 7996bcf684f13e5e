// The parameters of one hash family for one index version.
//
// Vectors are hashed in tiles of 16, transposed: coordinate i of vector v
// stands at tile[i * 16 + v].  Every lane is computed by the same scalar
// operations in the same order on every SIMD target, so a vector's codes do
// not depend on the machine or on what it is hashed together with.
//
// Thread-safety: immutable; share through shared_ptr<const>.
#ifndef MONGOOSE_CORE_HASH_PROJECTION_H_
#define MONGOOSE_CORE_HASH_PROJECTION_H_

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/aligned_vector.h"
#include "core/base/matrix_view.h"
#include "core/base/row_id.h"
#include "core/hash/hash_spec.h"

namespace mongoose {

inline constexpr std::size_t kTileVectors = 16;

// Subtracted from vectors before hashing; frozen within an index version.
// Either empty (no centring) or of size cols.
struct Means {
  std::vector<float> rows;
  std::vector<float> queries;
};

class Projection {
 public:
  virtual ~Projection() = default;

  const HashSpec& spec() const { return spec_; }
  const Means& means() const { return means_; }

  // Writes codes[table * 16 + v] and, unless `margins` is null, the signed
  // distance behind bit c of vector v to margins[c * 16 + v], with
  // c = table * bits_per_table + bit and bit 0 the lowest.
  // REQUIRES: tile has cols * 16 values, all finite; codes num_tables * 16;
  // margins num_bits * 16 and spec().is_simhash().
  // One virtual call per tile, never per vector.
  virtual void HashTile(std::span<const float> tile, std::span<Code> codes,
                        float* margins) const = 0;

  // The direction of each bit, [num_bits, cols]; empty where the family has
  // none stored.
  virtual std::vector<float> Directions() const { return {}; }

 protected:
  Projection(const HashSpec& spec, Means means)
      : spec_(spec), means_(std::move(means)) {}

 private:
  HashSpec spec_;
  Means means_;
};

// Draws the parameters from spec.seed; the same spec gives the same codes on
// every platform.  InvalidArgument when a field of `spec` is out of range.
absl::StatusOr<std::shared_ptr<const Projection>> CreateProjection(
    const HashSpec& spec, Means means = {});

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_PROJECTION_H_
