// One training run: the same steps for every mode, but for the active set.
#ifndef MONGOOSE_CLIENT_EXAMPLES_TRAINING_RUN_H_
#define MONGOOSE_CLIENT_EXAMPLES_TRAINING_RUN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/examples/active_set_source.h"
#include "client/examples/precision_at_k.h"
#include "client/examples/progress_line.h"
#include "client/examples/sparse_mlp.h"
#include "client/examples/xc_dataset.h"

namespace mongoose::examples {

struct RunOptions {
  std::uint64_t num_steps = 0;  // in all, those before a checkpoint included
  std::size_t batch_points = 512;
  std::uint64_t order_seed = 1;
  // Exponent that InclusionRates' correction grows to, from 0, by the last
  // step; 0: a plain softmax over the active rows.
  double correction = 1;
  std::uint64_t eval_every = 50;         // steps between points of the curve
  std::size_t eval_points = 2048;        // test points; 0: all
  std::string checkpoint;                // file; empty: none
  std::uint64_t checkpoint_every = 500;  // steps
  std::string trajectory;                // file; empty: none
  std::uint64_t trajectory_every = 20;   // steps between its frames
};

// A point of the learning curve.  Seconds exclude measuring precision.
struct CurvePoint {
  std::uint64_t step = 0;
  double seconds = 0;
  Precision precision;
  // Since the point before: means, and the median of the output layer's time.
  double loss = 0;          // over the active rows
  double active_share = 0;  // percent of all rows
  double output_ms = 0;     // per step
};

struct RunSummary {
  std::string mode;
  std::vector<CurvePoint> curve;
  Precision precision;
  std::uint64_t steps = 0;  // taken by this run
  double seconds = 0;       // of training
  // Medians per step.  The output layer's time runs from the hidden layer's
  // values to its new weights handed over: select, step and publish.
  double output_ms = 0;
  double select_ms = 0;
  double publish_ms = 0;
  double active_share = 0;  // mean, percent of all rows
  IndexUse index;
};

// Trains `model` from its current step on.  `source` is null for the dense
// step.  Fails with the status of the source or of writing a file.
absl::StatusOr<RunSummary> Train(const RunOptions& options,
                                 const XcPoints& train, const XcPoints& test,
                                 SparseMlp& model, ActiveSetSource* source,
                                 ProgressLine& progress);

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_TRAINING_RUN_H_
