// The query plan for consecutive samples of a batch, on one thread.
#ifndef MONGOOSE_CORE_QUERY_SHARD_QUERY_H_
#define MONGOOSE_CORE_QUERY_SHARD_QUERY_H_

#include <cstddef>

#include "core/base/clock.h"
#include "core/base/frozen_rows.h"
#include "core/base/row_id.h"
#include "core/query/active_sets.h"
#include "core/query/candidate_source.h"
#include "core/query/index_snapshot.h"
#include "core/query/query_workspace.h"

namespace mongoose {

// Hash, propose, count, cut, re-rank, compose.  Lives for one call; the
// references must outlive it.
class ShardQuery {
 public:
  ShardQuery(const IndexSnapshot& snapshot, const FrozenRows& rows,
             const NeuronQuery& query, QueryWorkspace& workspace);

  // Answers samples [first, first + count).
  ActiveSets Run(std::size_t first, std::size_t count, const Clock& clock);

 private:
  // Leaves the best candidates in workspace_.ranked, by exact score
  // or by what their source knows.
  void Rank(std::size_t sample, std::size_t place, CandidateSource& source);
  void Compose(std::size_t sample, ActiveSets& out);
  void AppendTail(std::size_t sample, std::size_t first_id, ActiveSets& out);
  void AppendDetails(std::size_t sample, std::size_t first_id, ActiveSets& out);

  const IndexSnapshot& snapshot_;
  const FrozenRows& rows_;
  const NeuronQuery& query_;
  const QueryPlan& plan_;
  QueryWorkspace& workspace_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_SHARD_QUERY_H_
