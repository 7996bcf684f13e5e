// A sparse-input network with one hidden layer and a softmax over all labels.
//
//   SparseMlp model(shape, optimizer, seed);
//   model.input().Forward(batch, hidden);
//   loss = model.output().StepDense(hidden, batch.labels, gradient);
//   model.input().Step(batch, hidden, gradient);
#ifndef MONGOOSE_CLIENT_EXAMPLES_SPARSE_MLP_H_
#define MONGOOSE_CLIENT_EXAMPLES_SPARSE_MLP_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "client/examples/input_layer.h"
#include "client/examples/output_layer.h"
#include "client/examples/row_optimizer.h"

namespace mongoose::examples {

struct MlpShape {
  std::size_t num_features = 0;
  std::size_t hidden_dim = 128;
  std::size_t num_labels = 0;
};

class SparseMlp {
 public:
  // The same seed gives the same weights on every machine.
  SparseMlp(const MlpShape& shape, const OptimizerOptions& options,
            std::uint64_t seed);

  InputLayer& input() { return input_; }
  const InputLayer& input() const { return input_; }
  OutputLayer& output() { return output_; }
  const OutputLayer& output() const { return output_; }
  // Steps taken, those before a checkpoint included.
  std::uint64_t steps() { return output_.optimizer().steps(); }

  // Writes weights and optimizer state; the file is whole or the old one.
  // Internal with the path when it cannot be written.
  absl::Status Save(const std::string& path);
  // NotFound when there is no such file, InvalidArgument when it belongs to
  // another shape or optimizer; the model is unusable after the latter.
  absl::Status Load(const std::string& path);

 private:
  InputLayer input_;
  OutputLayer output_;
};

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_SPARSE_MLP_H_
