// The parameters of one hash family for one index version.
//
// A vector's codes do not depend on the machine or on what it is hashed
// together with: integer_projection.h and tile_projection.h say why.
//
// Thread-safety: immutable; share through shared_ptr<const>.
#ifndef MONGOOSE_CORE_HASH_PROJECTION_H_
#define MONGOOSE_CORE_HASH_PROJECTION_H_

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/matrix_view.h"
#include "core/base/row_id.h"
#include "core/hash/code_matrix.h"
#include "core/hash/hash_spec.h"

namespace mongoose {

// The most vectors that HashVectors takes at a time.
inline constexpr std::size_t kBlockVectors = 128;

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

  // Writes the num_tables codes of each vector and, unless `margins` is empty,
  // the signed distances behind their bits, [vectors, num_bits], in a unit of
  // the family's own; bit c belongs to table c / bits_per_table, the lowest bit
  // first.  One virtual call per block, never per vector.
  // REQUIRES: at most kBlockVectors finite vectors of `cols` values, means
  // already subtracted; margins only where spec().is_simhash().
  virtual void HashVectors(MatrixView<const float> vectors,
                           const CodeRows& codes,
                           std::span<float> margins) const = 0;

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
// every platform.  InvalidArgument when a field of `spec` is out of range or
// the family is learned (PARTITION).
absl::StatusOr<std::shared_ptr<const Projection>> CreateProjection(
    const HashSpec& spec, Means means = {});

// Takes `directions` [num_bits, cols] instead.
// REQUIRES: the spec is valid and of family DENSE_GAUSSIAN.
std::shared_ptr<const Projection> ProjectionOf(
    const HashSpec& spec, Means means, std::span<const float> directions);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_PROJECTION_H_
