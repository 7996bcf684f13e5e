// Answers a batch of queries from one snapshot.
#ifndef MONGOOSE_CORE_QUERY_NEURON_QUERY_H_
#define MONGOOSE_CORE_QUERY_NEURON_QUERY_H_

#include "absl/status/statusor.h"
#include "core/base/cancel_token.h"
#include "core/base/clock.h"
#include "core/base/frozen_rows.h"
#include "core/base/worker_pool.h"
#include "core/query/active_sets.h"
#include "core/query/index_snapshot.h"
#include "core/query/query_workspace.h"

namespace mongoose {

// What a query runs on and when it stops.
struct QueryResources {
  WorkerPool& workers;
  WorkspacePool& workspaces;  // of the same index
  const Clock& clock;
  const CancelToken& cancel;
};

// Scores come from `rows`, which may be newer than the snapshot.  The same
// arguments give the same answer on any number of threads.  Checks for
// cancellation between parts of the batch and returns its status.
// REQUIRES: batch >= 1 and all of the query valid for this index.
absl::StatusOr<ActiveSets> RunNeuronQuery(const IndexSnapshot& snapshot,
                                          const FrozenRows& rows,
                                          const NeuronQuery& query,
                                          const QueryResources& resources);

// Unites the samples' sets.  `sets` is the answer to `query` without a tail;
// the tail of query.plan is drawn here, outside the whole union.
ActiveUnion UniteActiveSets(const ActiveSets& sets, const NeuronQuery& query,
                            std::size_t num_rows, bool want_positions);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_NEURON_QUERY_H_
