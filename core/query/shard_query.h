// The query plan for consecutive samples of a batch, on one thread.
#ifndef MONGOOSE_CORE_QUERY_SHARD_QUERY_H_
#define MONGOOSE_CORE_QUERY_SHARD_QUERY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/clock.h"
#include "core/base/frozen_rows.h"
#include "core/base/row_id.h"
#include "core/query/active_sets.h"
#include "core/query/index_snapshot.h"
#include "core/query/query_workspace.h"
#include "core/query/sketch_scan.h"

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
  // Leaves at most max_candidates of those counted, by Hamming distance, in
  // workspace_.candidates.
  void Cut(const Code* codes);
  // The nearest sketches of every sample of the shard.
  void ScanSketches(const CodeMatrix& codes);
  // Takes those of one sample, by its place in the shard, as candidates.
  void TakeScanned(std::size_t place);
  // Adds the hot list to the candidates.
  void AddHotList(const Code* codes);
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
  std::optional<SketchScan> scan_;
  std::vector<std::uint64_t> sketches_;  // of the samples, for scan_
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_SHARD_QUERY_H_
