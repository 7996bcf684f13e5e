#include "core/hash/hash_spec.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/base/check_range.h"
#include "core/base/status_macros.h"

namespace mongoose {
namespace {

absl::Status ValidatePartition(const HashSpec& spec) {
  RETURN_IF_ERROR(CheckRange("hash.bits_per_table for PARTITION",
                             spec.bits_per_table, 4, 14));
  RETURN_IF_ERROR(
      CheckRange("hash.num_tables for PARTITION", spec.num_tables, 1, 1));
  if (spec.centre) {
    return absl::InvalidArgumentError(
        "hash.centre must be false for PARTITION, got true");
  }
  if (spec.profile != NumericProfile::kInt8) {
    return absl::InvalidArgumentError(
        "hash.profile must be INT8 for PARTITION, got FLOAT32");
  }
  return absl::OkStatus();
}

absl::Status ValidateWta(const HashSpec& spec) {
  if (spec.profile == NumericProfile::kInt8) {
    return absl::InvalidArgumentError(
        "hash.profile must be FLOAT32 for densified WTA, got INT8");
  }
  if (spec.bits_per_table % 3 != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("hash.bits_per_table must be a multiple of 3 for "
                     "densified WTA, got ",
                     spec.bits_per_table));
  }
  return absl::OkStatus();
}

}  // namespace

std::size_t DefaultPartitionBits(std::size_t num_rows) {
  const double cells = 2 * std::sqrt(static_cast<double>(num_rows));
  return static_cast<std::size_t>(
      std::clamp(std::lround(std::log2(cells)), 4L, 14L));
}

absl::Status ValidateHashSpec(const HashSpec& spec) {
  RETURN_IF_ERROR(CheckRange("hash.cols", spec.cols, 1, 4097));
  RETURN_IF_ERROR(
      CheckRange("hash.bits_per_table", spec.bits_per_table, 1, 16));
  RETURN_IF_ERROR(CheckRange("hash.num_tables", spec.num_tables, 1, 512));
  if (spec.sketch_bits % 64 != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "hash.sketch_bits must be a multiple of 64, got ", spec.sketch_bits));
  }
  RETURN_IF_ERROR(CheckRange("hash.sketch_bits", spec.sketch_bits, 0,
                             std::min(kMaxSketchBits, spec.num_bits())));
  if (spec.is_partition()) return ValidatePartition(spec);
  if (!spec.is_simhash()) return ValidateWta(spec);
  return absl::OkStatus();
}

}  // namespace mongoose
