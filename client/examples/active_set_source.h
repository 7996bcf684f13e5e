// Where a training step gets its active set from.
//
// Thread-safety: sources are used by one thread.
#ifndef MONGOOSE_CLIENT_EXAMPLES_ACTIVE_SET_SOURCE_H_
#define MONGOOSE_CLIENT_EXAMPLES_ACTIVE_SET_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/examples/dense_matrix.h"
#include "client/examples/output_layer.h"
#include "client/examples/xc_dataset.h"

namespace mongoose::examples {

// What the service did for a source; all zero for sources without one.
struct IndexUse {
  std::uint64_t rebuilds = 0;          // snapshots that re-hashed every row
  std::uint64_t partial_rehashes = 0;  // snapshots that re-hashed some rows
  std::uint64_t memory_bytes = 0;      // of the index
  std::uint64_t wire_bytes = 0;        // sent and received by the source
};

class ActiveSetSource {
 public:
  virtual ~ActiveSetSource() = default;

  // Called once before the first step with all rows [num_labels, dim + 1].
  virtual absl::Status Start(const DenseMatrix& weights) = 0;

  // Distinct rows for a batch, all its labels among them, and which of them
  // were found for each sample (sources that search).
  // `hidden` [batch, dim].
  virtual absl::StatusOr<ActiveRows> Select(const DenseMatrix& hidden,
                                            const IdLists& labels) = 0;

  // Tells the new values [ids.size(), dim + 1] of the rows of a step.
  virtual absl::Status Publish(std::span<const std::uint32_t> ids,
                               std::span<const float> values) = 0;

  // Called once after the last step.
  virtual absl::StatusOr<IndexUse> Finish() = 0;
};

// The labels of the batch and nothing else.
std::unique_ptr<ActiveSetSource> MakeInBatchSource();

// The labels and `num_random` distinct other rows, drawn from `seed`.  With
// `weighted`, each random row stands for its share of all the other rows.
struct UniformOptions {
  std::size_t num_random = 1024;
  bool weighted = false;
  std::uint64_t seed = 0;
};
std::unique_ptr<ActiveSetSource> MakeUniformSource(
    const UniformOptions& options);

// The labels and the exact `rows_per_sample` best rows of each sample: what a
// perfect index would answer.
std::unique_ptr<ActiveSetSource> MakeOracleSource(std::size_t rows_per_sample);

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_ACTIVE_SET_SOURCE_H_
