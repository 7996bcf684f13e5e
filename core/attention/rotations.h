// The hash functions of attention buckets.
#ifndef MONGOOSE_CORE_ATTENTION_ROTATIONS_H_
#define MONGOOSE_CORE_ATTENTION_ROTATIONS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "core/base/matrix_view.h"
#include "core/hash/integer_gemm.h"

namespace mongoose {

// What rotations are for.
struct RotationShape {
  std::size_t dim = 0;          // of a head, 1..1040
  std::size_t num_rounds = 1;   // 1..64
  std::size_t max_buckets = 2;  // even, 2..32768

  // The most directions: bounds what a thread keeps of products.
  static constexpr std::size_t kMaxDirections = 65536;

  // Directions of all rounds.
  std::size_t num_directions() const { return num_rounds * max_buckets / 2; }

  friend bool operator==(const RotationShape&, const RotationShape&) = default;
};
// InvalidArgument with field, rule and value.
absl::Status ValidateRotationShape(const RotationShape& shape);

// Gaussian directions [max_buckets / 2, num_rounds, dim], by `seed`.
// REQUIRES: the shape is valid.
std::vector<float> DrawDirections(const RotationShape& shape,
                                  std::uint64_t seed);

// Cross-polytope hashing [Andoni et al. 2015] as Reformer uses it [Kitaev et
// al. 2020]: with b buckets, a vector's bucket of a round is the position of
// the largest of [x R, -x R], R being the first b / 2 directions of the round;
// the lowest of equals.  So the functions for fewer buckets are a prefix of
// those for more.
//
// Vectors are rounded to whole numbers as RoundToAmplitude does, directions
// once by their largest coordinate, and products are exact: anyone who does the
// same gets the same buckets, on any machine and in any order of summation.
//
// Immutable; thread-safe.
class Rotations {
 public:
  // `directions` [max_buckets / 2, num_rounds, dim], finite.
  // REQUIRES: the shape is valid.
  Rotations(const RotationShape& shape, std::span<const float> directions);
  // Those of DrawDirections.
  static std::shared_ptr<const Rotations> Draw(const RotationShape& shape,
                                               std::uint64_t seed) {
    return std::make_shared<const Rotations>(shape,
                                             DrawDirections(shape, seed));
  }

  const RotationShape& shape() const { return shape_; }
  // Whole numbers in [-127, 127], [max_buckets / 2, num_rounds, dim].
  std::span<const std::int8_t> directions() const { return directions_; }

  // Products with at least the directions of so many buckets.
  // REQUIRES: even, 2..max_buckets.
  const IntegerGemm& ProductsFor(std::size_t num_buckets) const;
  // buckets [vectors, num_rounds].  REQUIRES: at most IntegerGemm::kMaxBlock
  // vectors of `dim` finite values; `products` are those for num_buckets.
  void AssignBlock(const IntegerGemm& products, MatrixView<const float> vectors,
                   std::size_t num_buckets,
                   std::span<std::uint16_t> buckets) const;

 private:
  std::unique_ptr<const IntegerGemm> MakeProducts(std::size_t per_round) const;

  const RotationShape shape_;
  std::vector<std::int8_t> directions_;
  // Of 1, 2, 4, .. directions a round, and of all.
  std::vector<std::unique_ptr<const IntegerGemm>> products_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_ATTENTION_ROTATIONS_H_
