// How often a model's best labels are right, by exact search over all rows.
#ifndef MONGOOSE_CLIENT_EXAMPLES_PRECISION_AT_K_H_
#define MONGOOSE_CLIENT_EXAMPLES_PRECISION_AT_K_H_

#include <cstddef>

#include "client/examples/sparse_mlp.h"
#include "client/examples/xc_dataset.h"

namespace mongoose::examples {

// Shares of a point's best 1, 3 and 5 labels that are its own, in percent,
// averaged over the points that have a label.
struct Precision {
  double at_1 = 0;
  double at_3 = 0;
  double at_5 = 0;
};

// Measures the first `num_points` points, or all when it is 0 or greater.
Precision MeasurePrecision(const SparseMlp& model, const XcPoints& points,
                           std::size_t num_points);

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_PRECISION_AT_K_H_
