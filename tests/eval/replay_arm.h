// One index that follows a recorded trajectory.
#ifndef MONGOOSE_TESTS_EVAL_REPLAY_ARM_H_
#define MONGOOSE_TESTS_EVAL_REPLAY_ARM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "client/examples/trajectory.h"
#include "core/backend/cpu_backend.h"
#include "core/base/clock.h"
#include "core/index/neuron_index.h"

namespace mongoose::eval {

// How changes reach the index.
enum class Feed {
  kRows,   // the values of every changed row
  kDrift,  // how far rows moved, and the values of those asked for
};

struct ArmOptions {
  std::string family;
  std::string policy;
  IndexSpec spec;
  Feed feed = Feed::kRows;
};

// What an arm shows at one frame.
struct ArmPoint {
  std::uint64_t step = 0;
  std::uint64_t rebuilds = 0;     // so far
  std::uint64_t rows_hashed = 0;  // so far, without the first build
  std::uint64_t rows_copied = 0;  // so far, without being hashed
  double recall_at_10 = 0;
  double recall_at_100 = 0;
  double predicted_staleness = 0;
  double true_staleness = 0;
  double wire_share = 0;  // bytes sent a step so far, of the layer's
  double rows_read = 0;   // for a query
};

class ReplayArm {
 public:
  // REQUIRES: the spec is valid.
  ReplayArm(const ArmOptions& options, const Backend& backend,
            const Clock& clock);

  const ArmOptions& options() const { return options_; }

  // Applies a frame, `steps` after the one before, and lets the index act.
  void Apply(const examples::TrajectoryFrame& frame, std::uint64_t steps);
  // Answers the queries [n, cols] and compares with the exact nearest 100 of
  // each.
  ArmPoint Measure(std::uint64_t step, MatrixView<const float> queries,
                   std::span<const RowId> truth);
  // Answers queries only for the index to learn from.
  void Show(MatrixView<const float> queries);

 private:
  void SendRows(std::span<const RowId> ids, std::span<const float> values,
                bool ends_step);
  void SendDrift(const examples::TrajectoryFrame& frame, std::uint64_t steps);
  void EndSteps(std::uint64_t count);
  UpdateResult Send(UpdateChunk chunk);
  // On the wire a value takes as much as in the index.
  std::size_t index_value_bytes() const {
    return options_.spec.layout().value_bytes();
  }

  const ArmOptions options_;
  std::unique_ptr<NeuronIndex> index_;
  std::uint64_t sequence_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t first_hashes_ = 0;
  std::uint64_t first_rebuilds_ = 0;
  double bytes_ = 0;
  std::vector<float> trainer_;  // the trainer's rows, of a drift feed
};

}  // namespace mongoose::eval

#endif  // MONGOOSE_TESTS_EVAL_REPLAY_ARM_H_
