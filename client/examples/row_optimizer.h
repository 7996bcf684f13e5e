// Gradient steps on single rows of a [rows, cols] parameter.
//
// Adam is lazy: a row that gets no gradient keeps its running means, and the
// bias correction counts all steps.  Rows touched in every step follow Adam
// [Kingma15] exactly.  Adagrad [Duchi11] needs no such distinction.
// Thread-safety: UpdateRow may run at once for distinct rows.
#ifndef MONGOOSE_CLIENT_EXAMPLES_ROW_OPTIMIZER_H_
#define MONGOOSE_CLIENT_EXAMPLES_ROW_OPTIMIZER_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "client/examples/dense_matrix.h"
#include "client/examples/vector_loops.h"

namespace mongoose::examples {

enum class OptimizerKind { kAdam, kAdagrad };

struct OptimizerOptions {
  OptimizerKind kind = OptimizerKind::kAdagrad;
  float learning_rate = 0.05F;
  float beta1 = 0.9F;                  // Adam
  float beta2 = 0.999F;                // Adam
  float epsilon = 1e-8F;               // Adam
  float initial_accumulator = 1e-10F;  // Adagrad
};

class RowOptimizer {
 public:
  RowOptimizer(const OptimizerOptions& options, std::size_t rows,
               std::size_t cols);

  // Starts the next step; the rows' updates follow.
  void BeginStep() { SetSteps(steps_ + 1); }

  // REQUIRES: BeginStep was called; weights and gradient have cols values.
  void UpdateRow(std::size_t row, std::span<const float> gradient,
                 std::span<float> weights);

  std::uint64_t steps() const { return steps_; }
  void SetSteps(std::uint64_t steps);  // for a checkpoint
  // The state, for a checkpoint; `mean` is empty under Adagrad.
  DenseMatrix& mean() { return mean_; }
  DenseMatrix& square() { return square_; }

 private:
  OptimizerOptions options_;
  std::uint64_t steps_ = 0;
  AdamFactors factors_;
  DenseMatrix mean_;
  DenseMatrix square_;
};

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_ROW_OPTIMIZER_H_
