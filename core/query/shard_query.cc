#include "core/query/shard_query.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/query/score_kernels.h"
#include "core/query/tail_sampler.h"

namespace mongoose {
namespace {

// Adds the time since the last call to a stage.
class StageTimer {
 public:
  StageTimer(const Clock& clock, StageSeconds& seconds)
      : clock_(clock), seconds_(seconds), last_(clock.Now()) {}

  void End(QueryStage stage) {
    const Clock::TimePoint now = clock_.Now();
    seconds_[static_cast<std::size_t>(stage)] +=
        std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }

 private:
  const Clock& clock_;
  StageSeconds& seconds_;
  Clock::TimePoint last_;
};

constexpr float kInfinity = std::numeric_limits<float>::infinity();

bool Contains(std::span<const RowId> rows, RowId row) {
  return std::ranges::find(rows, row) != rows.end();
}

// Keeps the best `count` of `rows`, in order.
void SortFirst(std::vector<RankedRow>& rows, std::size_t count) {
  // A heap of the best beats partitioning while few of many are wanted.
  constexpr std::size_t kHeapBelow = 8;
  count = std::min(count, rows.size());
  const auto end = rows.begin() + static_cast<std::ptrdiff_t>(count);
  if (count * kHeapBelow < rows.size()) {
    std::partial_sort(rows.begin(), end, rows.end());
  } else {
    std::nth_element(rows.begin(), end, rows.end());
    std::sort(rows.begin(), end);
  }
  rows.resize(count);
}

}  // namespace

ShardQuery::ShardQuery(const IndexSnapshot& snapshot, const FrozenRows& rows,
                       const NeuronQuery& query, QueryWorkspace& workspace)
    : snapshot_(snapshot),
      rows_(rows),
      query_(query),
      plan_(query.plan),
      workspace_(workspace) {
  workspace_.padded_query.assign(rows.layout().stride(), 0.0F);
}

ActiveSets ShardQuery::Run(std::size_t first, std::size_t count,
                           const Clock& clock) {
  ActiveSets out;
  StageTimer timer(clock, out.stage_seconds);
  const auto source = MakeCandidateSource(
      {snapshot_, plan_, query_.queries.Rows(first, count), workspace_});
  timer.End(QueryStage::kHash);
  source->ScanAll();
  for (std::size_t i = 0; i < count; ++i) {
    out.num_candidates += source->Propose(i);
    timer.End(QueryStage::kPropose);
    source->Cut(i);
    timer.End(QueryStage::kCut);
    Rank(first + i, i, *source);
    timer.End(QueryStage::kRerank);
    Compose(first + i, out);
    workspace_.counter.Reset();
    timer.End(QueryStage::kCompose);
  }
  return out;
}

void ShardQuery::Rank(std::size_t sample, std::size_t place,
                      CandidateSource& source) {
  const auto& candidates = workspace_.candidates;
  auto& scores = workspace_.scores;
  auto& ranked = workspace_.ranked;
  scores.resize(candidates.size());
  ranked.resize(candidates.size());
  if (plan_.rerank) {
    std::ranges::copy(query_.queries.row(sample),
                      workspace_.padded_query.begin());
    ScoreRows(rows_, workspace_.padded_query, candidates, scores);
  } else {
    source.Estimate(place, scores);
  }
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    // Sums of huge products may be NaN, which no order can hold.
    const float score = scores[i];
    ranked[i] = {std::isnan(score) ? -kInfinity : score, candidates[i]};
  }
  // Labels among the candidates are skipped later, so rank as many more.
  SortFirst(ranked, plan_.num_active + query_.labels(sample).size());
}

void ShardQuery::Compose(std::size_t sample, ActiveSets& out) {
  const std::size_t first_id = out.ids.size();
  const auto labels = query_.labels(sample);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!Contains(labels.first(i), labels[i])) out.ids.push_back(labels[i]);
  }
  const std::size_t full = out.ids.size() + plan_.num_active;
  for (const RankedRow& candidate : workspace_.ranked) {
    if (out.ids.size() == full) break;
    if (!Contains(labels, candidate.row)) out.ids.push_back(candidate.row);
  }
  if (plan_.num_tail > 0) AppendTail(sample, first_id, out);
  AppendDetails(sample, first_id, out);
  out.offsets.push_back(static_cast<std::uint32_t>(out.ids.size()));
}

void ShardQuery::AppendTail(std::size_t sample, std::size_t first_id,
                            ActiveSets& out) {
  out.log_weights.resize(out.ids.size(), 0.0F);
  const Tail tail =
      SampleTail(rows_.layout().num_rows, std::span(out.ids).subspan(first_id),
                 plan_.num_tail, plan_.tail_seed, sample);
  out.ids.insert(out.ids.end(), tail.ids.begin(), tail.ids.end());
  out.log_weights.resize(out.ids.size(), tail.log_weight);
}

void ShardQuery::AppendDetails(std::size_t sample, std::size_t first_id,
                               ActiveSets& out) {
  const auto ids = std::span<const RowId>(out.ids).subspan(first_id);
  if (query_.want_hits) {
    for (const RowId row : ids) {
      out.hits.push_back(workspace_.counter.hits(row));
    }
  }
  if (query_.want_scores) {
    std::ranges::copy(query_.queries.row(sample),
                      workspace_.padded_query.begin());
    out.scores.resize(out.ids.size());
    ScoreRows(rows_, workspace_.padded_query, ids,
              std::span(out.scores).subspan(first_id));
  }
}

}  // namespace mongoose
