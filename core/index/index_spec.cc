#include "core/index/index_spec.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/check_range.h"
#include "core/base/status_macros.h"
#include "core/schedule/displacement.h"
#include "core/table/cell_rows.h"
#include "core/table/cell_sums.h"
#include "core/table/tables.h"

namespace mongoose {
namespace {

constexpr std::size_t kMaxNameBytes = 63;

bool IsLowerAlnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

}  // namespace

absl::Status ValidateIndexName(const std::string& name) {
  const bool legal =
      !name.empty() && name.size() <= kMaxNameBytes &&
      IsLowerAlnum(name.front()) && std::ranges::all_of(name, [](char c) {
        return IsLowerAlnum(c) || c == '_' || c == '.' || c == '-';
      });
  if (legal) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("name must match [a-z0-9][a-z0-9_.-]{0,62}, got \"",
                   absl::CHexEscape(name.substr(0, 80)), "\""));
}

absl::Status ValidateIndexSpec(const IndexSpec& spec) {
  RETURN_IF_ERROR(ValidateIndexName(spec.name));
  RETURN_IF_ERROR(CheckRange("spec.num_rows", spec.num_rows, 1, 16777216));
  RETURN_IF_ERROR(CheckRange("spec.dim", spec.dim, 1, 4096));
  RETURN_IF_ERROR(CheckRange("spec.hot_list_rows", spec.hot_list_rows, 0,
                             IndexSpec::kMaxHotListRows));
  RETURN_IF_ERROR(
      CheckShare("spec.probe_share", spec.probe_share, /*zero_ok=*/true));
  RETURN_IF_ERROR(
      CheckShare("spec.recall_target", spec.recall_target, /*zero_ok=*/true));
  RETURN_IF_ERROR(ValidateHashSpec(spec.hash));
  const std::size_t cols = spec.dim + (spec.has_bias ? 1 : 0);
  RETURN_IF_ERROR(CheckRange("hash.cols", spec.hash.cols, cols, cols));
  RETURN_IF_ERROR(ValidateRehashPolicy(spec.rehash_policy));
  RETURN_IF_ERROR(ValidateLearnSpec(spec.learning, spec.hash));
  return ValidateQueryPlan(spec.default_plan, spec.hash);
}

std::size_t EstimateIndexBytes(const IndexSpec& spec) {
  const RowLayout layout = spec.layout();
  const HashSpec& hash = spec.hash;
  const std::size_t codes_stride = (hash.num_tables + 3) / 4 * 4;
  std::size_t per_row = layout.stride() * layout.value_bytes() +
                        codes_stride * sizeof(Code) + hash.sketch_bits / 8 +
                        4 * sizeof(float) + 8;
  if (hash.is_partition()) {
    // Values, step, id and slot; each cell may need a tile more, and has sums.
    const std::size_t in_cell = layout.stride() + 3 * sizeof(std::uint32_t);
    per_row += kDisplacementDims * sizeof(float);
    const std::size_t free_rows = hash.num_buckets() * CellRows::kTileRows;
    const std::size_t sums =
        (layout.stride() + CellSums::kSquareLanes + 2) * sizeof(double);
    return spec.num_rows * (per_row + in_cell) + free_rows * in_cell +
           hash.num_buckets() * sums;
  }
  per_row += hash.num_tables * sizeof(LocalRow);
  return spec.num_rows * per_row + NumSegments(spec.num_rows) *
                                       hash.num_tables * hash.num_buckets() *
                                       sizeof(std::uint32_t);
}

}  // namespace mongoose
