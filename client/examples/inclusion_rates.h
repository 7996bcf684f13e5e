// How often each row is in the active set of a batch, and what that makes it
// stand for.
//
// A row that is active for its own samples alone is missing from the sums of
// all the others, so a softmax over active rows pushes rare rows down too
// seldom.  Counting a row that is there by chance 1 / (its inclusion rate)
// times mends that on average [Bengio and Senecal 2003; rates as a running
// mean: Yi et al. 2019, section 3].  A power below 1 of that factor trades bias
// for variance.  A batch counts itself, so that factors have a bound: a row of
// true rate p counts about 1 / (0.99 p + 0.01) times, half of 1 / p at p =
// 0.01.
//
// Thread-safety: not thread-safe.
#ifndef MONGOOSE_CLIENT_EXAMPLES_INCLUSION_RATES_H_
#define MONGOOSE_CLIENT_EXAMPLES_INCLUSION_RATES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "client/examples/dense_matrix.h"

namespace mongoose::examples {

class InclusionRates {
 public:
  static constexpr double kHorizon = 100;  // batches; also the largest factor

  explicit InclusionRates(std::size_t num_rows) : state_(num_rows + 1, 2) {}

  // Counts one batch of distinct active rows and returns, for each of them,
  // -exponent * ln(rate).  The rate is the mean over the batches so far, the
  // b-th before this one weighing (1 - 1 / kHorizon)^b; in (0, 1].
  // REQUIRES: each id < num_rows.
  std::vector<float> CountBatch(std::span<const std::uint32_t> ids,
                                double exponent);

  DenseMatrix& state() { return state_; }  // for a checkpoint

 private:
  // Of each row the weighted sum of the batches it was in, as of the last of
  // them, and which that was.  Behind all rows the sum of the weights of all
  // batches, and how many there were.
  DenseMatrix state_;
};

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_INCLUSION_RATES_H_
