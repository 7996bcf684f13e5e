// Initial weights that depend on the seed alone, not on the number of cores.
#ifndef MONGOOSE_CLIENT_EXAMPLES_WEIGHT_INIT_H_
#define MONGOOSE_CLIENT_EXAMPLES_WEIGHT_INIT_H_

#include <cstdint>

#include "client/examples/dense_matrix.h"

namespace mongoose::examples {

// Fills with Normal(0, deviation^2); row i is stream i of `seed`.
void FillGaussian(float deviation, std::uint64_t seed, DenseMatrix& matrix);

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_WEIGHT_INIT_H_
