#include "client/examples/weight_init.h"

#include <cstddef>

#include "core/base/counter_rng.h"

namespace mongoose::examples {

void FillGaussian(float deviation, std::uint64_t seed, DenseMatrix& matrix) {
#pragma omp parallel for schedule(static)
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    CounterRng rng(seed, row);
    for (float& value : matrix.row(row)) {
      value = deviation * static_cast<float>(rng.NextGaussian());
    }
  }
}

}  // namespace mongoose::examples
