// The softmax output layer: one row of weights and a bias per label.
//
// The target of a sample is uniform over its labels; the loss is the mean
// cross-entropy of the batch, and samples without a label add nothing to it.
// A step sees either all rows or an active set of them.
// Thread-safety: not thread-safe; a step uses all cores.
#ifndef MONGOOSE_CLIENT_EXAMPLES_OUTPUT_LAYER_H_
#define MONGOOSE_CLIENT_EXAMPLES_OUTPUT_LAYER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "client/examples/dense_matrix.h"
#include "client/examples/inclusion_rates.h"
#include "client/examples/row_optimizer.h"
#include "client/examples/softmax_pass.h"
#include "client/examples/xc_dataset.h"

namespace mongoose::examples {

// The rows a step is restricted to.
struct ActiveRows {
  std::vector<std::uint32_t> ids;  // distinct; all labels of the batch included
  // [ids.size()] or empty: added to the logits of other samples' rows, ln of
  // the number of rows that an id stands for.
  std::vector<float> log_weights;
  // [batch] lists of ids, or none: the rows of each sample's own.  Its labels
  // are its own without being listed.  REQUIRES: all are among `ids`.
  IdLists own = {};
};

class OutputLayer {
 public:
  // Weights are normal with deviation 0.05 from `seed`, biases 0.
  OutputLayer(std::size_t num_labels, std::size_t dim,
              const OptimizerOptions& options, std::uint64_t seed);

  // One forward, backward and optimizer step over all rows; returns the loss.
  // `hidden` [batch, dim]; `grad_hidden` receives the loss's gradient by it.
  double StepDense(const DenseMatrix& hidden, const IdLists& labels,
                   DenseMatrix& grad_hidden);

  // The same over the softmax of the active rows alone.
  // REQUIRES: active.ids are distinct, < num_labels and hold every label.
  double StepActive(const DenseMatrix& hidden, const IdLists& labels,
                    const ActiveRows& active, DenseMatrix& grad_hidden);

  // Rows as they are after the last StepActive, in the order of its ids:
  // [ids.size(), dim + 1].
  std::span<const float> active_values() const {
    return active_values_.values();
  }

  const DenseMatrix& weights() const { return weights_; }
  DenseMatrix& weights() { return weights_; }  // for a checkpoint
  RowOptimizer& optimizer() { return optimizer_; }
  // How often rows were active, for ActiveRows::log_weights.
  InclusionRates& rates() { return rates_; }

 private:
  void AppendOnes(const DenseMatrix& hidden);
  void FindTargets(const IdLists& labels, const ActiveRows* active);
  // Targets and the own rows of all samples, without repeats.
  void FindOwnRows(const IdLists& labels, const ActiveRows& active);
  double Step(const IdLists& labels, const SoftmaxRows& rows,
              const ActiveRows* active, DenseMatrix& grad_hidden);
  void SetCoefficients(const IdLists& labels);
  double ApplyTargets(const IdLists& labels, const SoftmaxRows& rows,
                      DenseMatrix& grad_hidden);
  void UpdateBlock(std::size_t block, const IdLists& labels,
                   const ActiveRows* active);

  DenseMatrix weights_;  // [num_labels, dim + 1]
  RowOptimizer optimizer_;
  InclusionRates rates_;
  SoftmaxPass softmax_;
  DenseMatrix inputs_;                 // [batch, dim + 1], hidden and a one
  DenseMatrix active_values_;          // copies of the active rows
  DenseMatrix gradient_;               // of one block
  std::vector<float> coefficients_;    // [batch], 1 / batch or 0 without labels
  std::vector<RowOfSample> targets_;   // labels, by place
  std::vector<RowOfSample> own_rows_;  // by place
  std::vector<std::uint32_t> place_of_row_;  // by StepActive's rows
};

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_OUTPUT_LAYER_H_
