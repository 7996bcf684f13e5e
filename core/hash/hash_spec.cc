#include "core/hash/hash_spec.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/check_range.h"
#include "core/base/status_macros.h"

namespace mongoose {

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
  if (!spec.is_simhash() && spec.profile == NumericProfile::kInt8) {
    return absl::InvalidArgumentError(
        "hash.profile must be FLOAT32 for densified WTA, got INT8");
  }
  if (!spec.is_simhash() && spec.bits_per_table % 3 != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("hash.bits_per_table must be a multiple of 3 for "
                     "densified WTA, got ",
                     spec.bits_per_table));
  }
  return absl::OkStatus();
}

}  // namespace mongoose
