#include "core/query/query_plan.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/check_range.h"
#include "core/base/status_macros.h"

namespace mongoose {
namespace {

// Scans keep room for this many rows of each sample.
constexpr std::size_t kMaxScanned = 65536;

absl::Status ValidatePartitionPlan(const QueryPlan& plan,
                                   const HashSpec& hash) {
  RETURN_IF_ERROR(
      CheckRange("plan.min_hits for PARTITION", plan.min_hits, 1, 1));
  if (!plan.rerank) {
    return absl::InvalidArgumentError(
        "plan.rerank must be true for PARTITION, got false");
  }
  if (plan.propose != ProposeFrom::kTables) {
    return absl::InvalidArgumentError(
        "plan.propose must be TABLES for PARTITION, got SKETCH");
  }
  if (!plan.use_hot_list) {
    return absl::InvalidArgumentError(
        "plan.use_hot_list must be true for PARTITION, whose hot list is a "
        "cell, got false");
  }
  RETURN_IF_ERROR(CheckRange("plan.max_candidates for PARTITION",
                             plan.max_candidates, 1, kMaxScanned));
  return CheckRange("plan.num_probes", plan.num_probes, 0,
                    hash.num_buckets() - 1);
}

}  // namespace

QueryPlan DefaultQueryPlan(const HashSpec& hash, std::size_t num_rows) {
  if (!hash.is_partition()) return {};
  // Few rows are hardly in clusters: neighbours spread over many cells.
  constexpr std::size_t kMinCells = 32;
  constexpr std::size_t kMinRows = 10240;
  const std::size_t cells = std::max(
      kMinCells, kMinRows * hash.num_buckets() / std::max(num_rows, kMinRows));
  return {.min_hits = 1,
          .num_probes = std::min(cells, hash.num_buckets()) - 1,
          .max_candidates = 128};
}

absl::Status ValidateQueryPlan(const QueryPlan& plan, const HashSpec& hash) {
  constexpr std::size_t kMaxRows = 65536;
  RETURN_IF_ERROR(CheckRange("plan.num_active", plan.num_active, 0, kMaxRows));
  RETURN_IF_ERROR(CheckRange("plan.num_tail", plan.num_tail, 0, kMaxRows));
  RETURN_IF_ERROR(CheckRange("plan.min_hits", plan.min_hits, 1, 127));
  RETURN_IF_ERROR(
      CheckRange("plan.max_candidates", plan.max_candidates, 1, UINT32_MAX));
  if (hash.is_partition()) return ValidatePartitionPlan(plan, hash);
  if (plan.propose == ProposeFrom::kSketch) {
    if (hash.sketch_bits == 0) {
      return absl::InvalidArgumentError(
          "plan.propose may be SKETCH only with hash.sketch_bits > 0, got 0");
    }
    RETURN_IF_ERROR(CheckRange("plan.max_candidates for SKETCH",
                               plan.max_candidates, 1, kMaxScanned));
  }
  if (!hash.is_simhash() && plan.num_probes > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("plan.num_probes must be 0 for densified WTA, which has "
                     "no margins, got ",
                     plan.num_probes));
  }
  return CheckRange("plan.num_probes", plan.num_probes, 0,
                    std::min<std::size_t>(16, hash.bits_per_table));
}

}  // namespace mongoose
