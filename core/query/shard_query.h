// The query plan for consecutive samples of a batch, on one thread.
#ifndef MONGOOSE_CORE_QUERY_SHARD_QUERY_H_
#define MONGOOSE_CORE_QUERY_SHARD_QUERY_H_

#include <cstddef>
#include <span>

#include "core/base/clock.h"
#include "core/base/frozen_rows.h"
#include "core/base/row_id.h"
#include "core/query/active_sets.h"
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
  // Rows of the hot list that the plan proposes.
  std::size_t NumHot() const;
  void Propose(std::span<const Code> codes, std::span<const float> margins);
  // Keeps the candidates with enough hits, at most max_candidates of them by
  // Hamming distance, and the hot list.
  void Cut(const Code* codes);
  void KeepNearest();
  // Leaves the best candidates in workspace_.ranked, by score or by hits.
  void Rank(std::size_t sample);
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
