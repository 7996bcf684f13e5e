#include "core/hash/hash_spec.h"

#include "absl/strings/str_cat.h"

namespace mongoose {
namespace {

absl::Status CheckRange(const char* field, std::size_t value, std::size_t min,
                        std::size_t max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "hash.", field, " must be ", min, "..", max, ", got ", value));
}

}  // namespace

absl::Status ValidateHashSpec(const HashSpec& spec) {
  if (absl::Status status = CheckRange("cols", spec.cols, 1, 4097);
      !status.ok()) {
    return status;
  }
  if (absl::Status status =
          CheckRange("bits_per_table", spec.bits_per_table, 1, 16);
      !status.ok()) {
    return status;
  }
  if (absl::Status status = CheckRange("num_tables", spec.num_tables, 1, 512);
      !status.ok()) {
    return status;
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
