#include "core/index/update_chunk.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "core/base/finite.h"
#include "core/base/status_macros.h"

namespace mongoose {
namespace {

absl::Status CheckIds(std::span<const RowId> ids, std::size_t num_rows) {
  bool ascending = true;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= num_rows) {
      return absl::OutOfRangeError(absl::StrCat("row_ids[", i, "] must be < ",
                                                num_rows, ", got ", ids[i]));
    }
    ascending = ascending && (i == 0 || ids[i - 1] < ids[i]);
  }
  if (ascending) return absl::OkStatus();
  std::vector<RowId> sorted(ids.begin(), ids.end());
  std::ranges::sort(sorted);
  const auto twice = std::ranges::adjacent_find(sorted);
  if (twice == sorted.end()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "row_ids must be distinct within a chunk, got ", *twice, " twice"));
}

absl::Status CheckValues(const UpdateChunk& chunk, std::size_t cols) {
  if (chunk.values.rows() != chunk.ids.size() || chunk.values.cols() != cols) {
    return absl::InvalidArgumentError(absl::StrCat(
        "values must have shape [", chunk.ids.size(), ", ", cols, "], got [",
        chunk.values.rows(), ", ", chunk.values.cols(), "]"));
  }
  const auto bad = FindNonFinite(chunk.values);
  if (!bad.has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("values must be finite, got ", bad->value, " for row ",
                   chunk.ids[bad->row], ", column ", bad->col));
}

absl::Status CheckDistances(const UpdateChunk& chunk) {
  if (chunk.distances.size() != chunk.ids.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("distances must have one value per row id, ",
                     chunk.ids.size(), ", got ", chunk.distances.size()));
  }
  for (std::size_t i = 0; i < chunk.distances.size(); ++i) {
    if (std::isfinite(chunk.distances[i]) && chunk.distances[i] >= 0) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("distances[", i, "] must be finite and >= 0, got ",
                     chunk.distances[i]));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateUpdateChunk(const UpdateChunk& chunk,
                                 const RowLayout& layout) {
  constexpr std::size_t kMaxWriterIdBytes = 128;
  if (chunk.writer_id.empty() || chunk.writer_id.size() > kMaxWriterIdBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("writer_id must have 1..", kMaxWriterIdBytes,
                     " bytes, got ", chunk.writer_id.size()));
  }
  if (chunk.sequence == 0) {
    return absl::InvalidArgumentError("sequence must be >= 1, got 0");
  }
  if (chunk.kind == ChangeKind::kNone) return absl::OkStatus();
  if (chunk.ids.empty()) {
    return absl::InvalidArgumentError(
        "row_ids must name at least one row, got none");
  }
  RETURN_IF_ERROR(CheckIds(chunk.ids, layout.num_rows));
  return chunk.kind == ChangeKind::kDrift ? CheckDistances(chunk)
                                          : CheckValues(chunk, layout.cols);
}

}  // namespace mongoose
