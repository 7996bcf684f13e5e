#include "core/query/neuron_query.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/query/row_bitmap.h"
#include "core/query/shard_query.h"
#include "core/query/tail_sampler.h"

namespace mongoose {
namespace {

// Samples answered by one thread at a time; two tiles of the hash kernels.
constexpr std::size_t kShardSamples = 32;

// The same of a partition: a cell is read once for all samples of a shard, so
// as many as memory for their candidates allows.
std::size_t ShardSamples(const HashSpec& hash, const QueryPlan& plan,
                         std::size_t batch, std::size_t threads) {
  constexpr std::size_t kMaxSamples = 512;
  constexpr std::size_t kMaxCandidates = std::size_t{1} << 20;
  if (!hash.is_partition()) return kShardSamples;
  const std::size_t most = std::clamp(kMaxCandidates / plan.max_candidates,
                                      std::size_t{1}, kMaxSamples);
  return std::min(most,
                  std::max(kShardSamples, (batch + threads - 1) / threads));
}

template <typename T>
void Append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

ActiveSets Concatenate(std::vector<ActiveSets> shards) {
  ActiveSets all;
  all.offsets.push_back(0);
  for (const ActiveSets& shard : shards) {
    const std::uint32_t base = all.offsets.back();
    for (const std::uint32_t end : shard.offsets) {
      all.offsets.push_back(base + end);
    }
    Append(all.ids, shard.ids);
    Append(all.scores, shard.scores);
    Append(all.hits, shard.hits);
    Append(all.log_weights, shard.log_weights);
    all.num_candidates += shard.num_candidates;
    for (std::size_t stage = 0; stage < kNumQueryStages; ++stage) {
      all.stage_seconds[stage] += shard.stage_seconds[stage];
    }
  }
  return all;
}

// The rows of the union: `num_labels` labels in any order, then ascending
// `others`.
void FillPositions(const ActiveSets& sets, std::size_t num_labels,
                   const RowBitmap& labels, const RowBitmap& others,
                   ActiveUnion& out) {
  const RowRanks label_ranks(labels);
  const RowRanks other_ranks(others);
  std::vector<std::uint32_t> label_places(num_labels);  // by rank
  for (std::uint32_t i = 0; i < num_labels; ++i) {
    label_places[label_ranks.Rank(out.ids[i])] = i;
  }
  out.offsets = sets.offsets;
  out.positions.reserve(sets.ids.size());
  for (const RowId row : sets.ids) {
    out.positions.push_back(labels.Contains(row)
                                ? label_places[label_ranks.Rank(row)]
                                : static_cast<std::uint32_t>(num_labels) +
                                      other_ranks.Rank(row));
  }
}

}  // namespace

absl::StatusOr<ActiveSets> RunNeuronQuery(const IndexSnapshot& snapshot,
                                          const FrozenRows& rows,
                                          const NeuronQuery& query,
                                          const QueryResources& resources) {
  const std::size_t batch = query.queries.rows();
  assert(batch > 0 && query.queries.cols() == rows.layout().cols);
  const std::size_t shard_samples = ShardSamples(
      snapshot.projection->spec(), query.plan, batch,
      static_cast<std::size_t>(resources.workers.num_threads()) + 1);
  const std::size_t num_shards = (batch + shard_samples - 1) / shard_samples;
  std::vector<ActiveSets> shards(num_shards);
  std::vector<absl::Status> stopped(num_shards);
  resources.workers.ParallelFor(num_shards, [&](std::size_t shard) {
    stopped[shard] = resources.cancel.Check();
    if (!stopped[shard].ok()) return;
    const std::size_t first = shard * shard_samples;
    WorkspacePool::Lease workspace(resources.workspaces);
    shards[shard] = ShardQuery(snapshot, rows, query, *workspace)
                        .Run(first, std::min(shard_samples, batch - first),
                             resources.clock);
  });
  for (const absl::Status& status : stopped) RETURN_IF_ERROR(status);
  return Concatenate(std::move(shards));
}

ActiveUnion UniteActiveSets(const ActiveSets& sets, const NeuronQuery& query,
                            std::size_t num_rows, bool want_positions) {
  RowBitmap labels(num_rows);
  RowBitmap others(num_rows);
  ActiveUnion out;
  for (const RowId label : query.label_ids) {
    if (labels.Insert(label)) out.ids.push_back(label);
  }
  const std::size_t num_labels = out.ids.size();
  for (const RowId row : sets.ids) others.Insert(row);
  for (const RowId label : query.label_ids) others.Erase(label);
  others.AppendAscending(out.ids);
  if (want_positions) FillPositions(sets, num_labels, labels, others, out);
  if (query.plan.num_tail > 0) {
    out.log_weights.resize(out.ids.size(), 0.0F);
    const Tail tail = SampleTail(num_rows, out.ids, query.plan.num_tail,
                                 query.plan.tail_seed, 0);
    Append(out.ids, tail.ids);
    out.log_weights.resize(out.ids.size(), tail.log_weight);
  }
  return out;
}

}  // namespace mongoose
