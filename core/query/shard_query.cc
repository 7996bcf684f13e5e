#include "core/query/shard_query.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/hash/code_matrix.h"
#include "core/hash/vector_hasher.h"
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
  CodeMatrix codes(count, snapshot_.tables->size());
  const std::size_t bits = snapshot_.projection->spec().num_bits();
  std::vector<float> margins(plan_.num_probes > 0 ? count * bits : 0);
  HashQueries(*snapshot_.projection, query_.queries.Rows(first, count), codes,
              margins);
  timer.End(QueryStage::kHash);
  const bool scans = plan_.propose == ProposeFrom::kSketch;
  if (scans) ScanSketches(codes);
  const std::size_t margins_per_sample = margins.size() / count;
  for (std::size_t i = 0; i < count; ++i) {
    if (plan_.use_hot_list) workspace_.counter.Propose(*snapshot_.hot_list);
    if (!scans) {
      Propose(codes.row(i), std::span<const float>(margins).subspan(
                                i * margins_per_sample, margins_per_sample));
    }
    timer.End(QueryStage::kPropose);
    if (scans) {
      TakeScanned(i);
    } else {
      Cut(codes.row(i).data());
    }
    AddHotList(codes.row(i).data());
    out.num_candidates += scans ? workspace_.candidates.size()
                                : NumHot() + workspace_.counter.num_seen();
    timer.End(QueryStage::kCut);
    Rank(first + i);
    timer.End(QueryStage::kRerank);
    Compose(first + i, out);
    workspace_.counter.Reset();
    timer.End(QueryStage::kCompose);
  }
  return out;
}

std::size_t ShardQuery::NumHot() const {
  return plan_.use_hot_list ? snapshot_.hot_list->size() : 0;
}

void ShardQuery::Propose(std::span<const Code> codes,
                         std::span<const float> margins) {
  workspace_.counter.Count(*snapshot_.tables, codes,
                           {margins, plan_.num_probes}, plan_.min_hits);
}

void ShardQuery::Cut(const Code* codes) {
  const auto counted = workspace_.counter.rows().subspan(NumHot());
  auto& candidates = workspace_.candidates;
  candidates.assign(counted.begin(), counted.end());
  if (candidates.size() <= plan_.max_candidates) return;
  workspace_.distances.resize(candidates.size());
  HammingDistances(*snapshot_.codes, codes, candidates, workspace_.distances);
  KeepNearest();
}

void ShardQuery::ScanSketches(const CodeMatrix& codes) {
  const std::size_t words = snapshot_.sketch->num_words();
  sketches_.resize(codes.rows() * words);
  for (std::size_t i = 0; i < codes.rows(); ++i) {
    PackSketch(codes.row(i), snapshot_.projection->spec().bits_per_table,
               std::span(sketches_).subspan(i * words, words));
  }
  scan_.emplace(*snapshot_.sketch, sketches_, plan_.max_candidates);
}

void ShardQuery::TakeScanned(std::size_t place) {
  workspace_.candidates.clear();
  for (const NearRow& near : scan_->nearest(place)) {
    const RowId row = near.row();
    if (workspace_.counter.is_proposed(row)) continue;  // hot: comes later
    workspace_.candidates.push_back(row);
  }
}

void ShardQuery::AddHotList(const Code* codes) {
  auto& candidates = workspace_.candidates;
  const auto hot = workspace_.counter.rows().first(NumHot());
  candidates.insert(candidates.end(), hot.begin(), hot.end());
  if (plan_.rerank) return;
  workspace_.distances.resize(candidates.size());
  HammingDistances(*snapshot_.codes, codes, candidates, workspace_.distances);
}

void ShardQuery::KeepNearest() {
  auto& candidates = workspace_.candidates;
  const auto& distances = workspace_.distances;
  auto& histogram = workspace_.histogram;
  histogram.assign(snapshot_.projection->spec().num_bits() + 1, 0);
  for (const std::uint16_t distance : distances) ++histogram[distance];
  std::size_t limit = 0;
  std::size_t room = plan_.max_candidates;  // left for distance `limit`
  while (histogram[limit] <= room) room -= histogram[limit++];
  std::size_t kept = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (distances[i] > limit) continue;
    if (distances[i] == limit) {
      if (room == 0) continue;
      --room;
    }
    candidates[kept++] = candidates[i];
  }
  candidates.resize(kept);
}

void ShardQuery::Rank(std::size_t sample) {
  const auto& candidates = workspace_.candidates;
  auto& ranked = workspace_.ranked;
  ranked.resize(candidates.size());
  if (plan_.rerank) {
    std::ranges::copy(query_.queries.row(sample),
                      workspace_.padded_query.begin());
    workspace_.scores.resize(candidates.size());
    ScoreRows(rows_, workspace_.padded_query, candidates, workspace_.scores);
    for (std::size_t i = 0; i < ranked.size(); ++i) {
      // Sums of huge products may be NaN, which no order can hold.
      const float score = workspace_.scores[i];
      ranked[i] = {std::isnan(score) ? -kInfinity : score, candidates[i]};
    }
  } else {
    for (std::size_t i = 0; i < ranked.size(); ++i) {
      // By hits, then by distance: both are exact in 24 bits of a float.
      const int key = workspace_.counter.hits(candidates[i]) * 65536 -
                      workspace_.distances[i];
      ranked[i] = {static_cast<float>(key), candidates[i]};
    }
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
