#ifndef MONGOOSE_CORE_QUERY_ACTIVE_SETS_H_
#define MONGOOSE_CORE_QUERY_ACTIVE_SETS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/matrix_view.h"
#include "core/base/row_id.h"
#include "core/query/query_plan.h"

namespace mongoose {

// A batch of queries.  Views; the caller keeps what they point to.
struct NeuronQuery {
  MatrixView<const float> queries;  // [batch, cols], bias coordinate included
  std::span<const std::uint32_t> label_offsets;  // [batch + 1], or empty
  std::span<const RowId> label_ids;
  QueryPlan plan;
  bool want_scores = false;
  bool want_hits = false;

  // Labels of one sample, in the caller's order.
  std::span<const RowId> labels(std::size_t sample) const {
    if (label_offsets.empty()) return {};
    return label_ids.subspan(label_offsets[sample],
                             label_offsets[sample + 1] - label_offsets[sample]);
  }
};

// The stages of a query, for the time spent in each.
enum class QueryStage { kHash, kPropose, kCut, kRerank, kCompose };
inline constexpr std::size_t kNumQueryStages = 5;
using StageSeconds = std::array<double, kNumQueryStages>;

// What a query returns, in compressed sparse rows: the distinct active rows of
// sample i are ids[offsets[i]] .. ids[offsets[i + 1] - 1], labels first, then
// by descending score (then ascending id), then the tail.
struct ActiveSets {
  std::vector<std::uint32_t> offsets;  // [batch + 1]
  std::vector<RowId> ids;
  std::span<const RowId> rows(std::size_t sample) const {
    return std::span(ids).subspan(offsets[sample],
                                  offsets[sample + 1] - offsets[sample]);
  }
  std::vector<float> scores;       // per id if wanted: inner product
  std::vector<std::uint8_t> hits;  // per id if wanted: tables, at most 127
  // Per id if plan.num_tail > 0: ln of the number of rows the id stands for,
  // (N - |S|) / n for n tail rows outside the set S [algorithms: Z_hat].
  std::vector<float> log_weights;
  std::uint64_t num_candidates = 0;  // proposed, summed over the batch
  StageSeconds stage_seconds{};      // summed over threads
};

// The distinct rows of a whole batch.
struct ActiveUnion {
  std::vector<RowId> ids;  // labels by first use, then ascending, then tail
  std::vector<float> log_weights;        // per id if plan.num_tail > 0
  std::vector<std::uint32_t> offsets;    // [batch + 1] into positions
  std::vector<std::uint32_t> positions;  // place in ids of each sample's rows
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_ACTIVE_SETS_H_
