// The input layer: a weighted sum of feature embeddings, a bias, and ReLU.
//
// Only the embeddings of a batch's features are read and updated.
// Thread-safety: not thread-safe; each call uses all cores.
#ifndef MONGOOSE_CLIENT_EXAMPLES_INPUT_LAYER_H_
#define MONGOOSE_CLIENT_EXAMPLES_INPUT_LAYER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "client/examples/dense_matrix.h"
#include "client/examples/row_optimizer.h"
#include "client/examples/xc_dataset.h"

namespace mongoose::examples {

class InputLayer {
 public:
  // Embeddings are normal with deviation 0.1 from `seed`, the bias is 0.
  InputLayer(std::size_t num_features, std::size_t dim,
             const OptimizerOptions& options, std::uint64_t seed);

  // hidden [points.count(), dim] = ReLU(sum of value * embedding + bias).
  void Forward(const XcPoints& points, DenseMatrix& hidden) const;

  // One optimizer step; `hidden` is Forward's result for the same points.
  void Step(const XcPoints& points, const DenseMatrix& hidden,
            DenseMatrix grad_hidden);

  // For a checkpoint.
  DenseMatrix& embeddings() { return embeddings_; }
  DenseMatrix& bias() { return bias_; }
  RowOptimizer& embedding_optimizer() { return embedding_optimizer_; }
  RowOptimizer& bias_optimizer() { return bias_optimizer_; }

 private:
  // An occurrence of a feature in a sample.
  struct Occurrence {
    std::uint32_t feature;
    std::uint32_t sample;
    float value;
  };

  // Fills occurrences_ by feature and first_of_feature_.
  void GroupByFeature(const XcPoints& points);
  void StepBias(const DenseMatrix& gradient);
  void StepEmbeddings(const DenseMatrix& gradient);

  DenseMatrix embeddings_;  // [num_features, dim]
  DenseMatrix bias_;        // [1, dim]
  RowOptimizer embedding_optimizer_;
  RowOptimizer bias_optimizer_;
  std::vector<Occurrence> occurrences_;
  std::vector<std::size_t> first_of_feature_;  // ends with occurrences_.size()
};

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_INPUT_LAYER_H_
