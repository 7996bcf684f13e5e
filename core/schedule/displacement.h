#ifndef MONGOOSE_CORE_SCHEDULE_DISPLACEMENT_H_
#define MONGOOSE_CORE_SCHEDULE_DISPLACEMENT_H_

#include <cstddef>
#include <span>

#include "core/base/aligned_vector.h"
#include "core/base/matrix_view.h"

namespace mongoose {

inline constexpr std::size_t kDisplacementDims = 16;

// Projects changes of rows to kDisplacementDims values each, so that how far a
// row is from where it was can be told without keeping where that was: the
// projections of successive changes add up to that of their sum.
//
// Column c is added to value c % kDisplacementDims with a random sign, so that
// the expected squared norm is that of the change [feature hashing: Weinberger
// et al. 2009, Lemma 2].  Its relative standard deviation is near
// sqrt(2 / kDisplacementDims) for changes spread evenly over the columns, 0 for
// those of one column, and larger for those of a few columns that share a
// value.
//
// Immutable.
class DisplacementProjection {
 public:
  explicit DisplacementProjection(std::size_t cols);

  // Of after.row(i) - before.row(i), to displacements[i * kDisplacementDims].
  // REQUIRES: equal shapes, of `cols` columns; displacements of size
  // before.rows() * kDisplacementDims.
  void Project(MatrixView<const float> before, MatrixView<const float> after,
               std::span<float> displacements) const;

 private:
  AlignedVector<float> signs_;  // [cols]
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_SCHEDULE_DISPLACEMENT_H_
