#ifndef MONGOOSE_CORE_HASH_INTEGER_PROJECTION_H_
#define MONGOOSE_CORE_HASH_INTEGER_PROJECTION_H_

#include <cstdint>
#include <vector>

#include "core/hash/integer_gemm.h"
#include "core/hash/projection.h"

namespace mongoose {

// SimHash in whole numbers: every vector is scaled so that its largest
// coordinate is the amplitude (127) and rounded, and so is every direction.
// The signs of the products are codes that no order of summation can change,
// at the speed of int8 matrix units.
//
// Rounding turns a vector by less than 0.01 radians where coordinates are of
// like size; rows and queries are rounded alike.
//
// Cost per vector: cols * num_bits multiply-adds of int8.
class IntegerProjection final : public Projection {
 public:
  // Takes the directions of `exact`, a float32 projection of the same family.
  IntegerProjection(const HashSpec& spec, Means means, const Projection& exact,
                    IntegerGemm::Path path = IntegerGemm::BestPath());

  void HashVectors(MatrixView<const float> vectors, const CodeRows& codes,
                   std::span<float> margins) const override;
  std::vector<float> Directions() const override;

 private:
  std::vector<std::int8_t> directions_;  // [cols, columns], padded
  IntegerGemm gemm_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_INTEGER_PROJECTION_H_
