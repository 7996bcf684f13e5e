#ifndef MONGOOSE_CORE_BASE_CHECK_RANGE_H_
#define MONGOOSE_CORE_BASE_CHECK_RANGE_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mongoose {

// InvalidArgument with field, rule and value unless min <= value <= max.
inline absl::Status CheckRange(std::string_view field, std::size_t value,
                               std::size_t min, std::size_t max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      std::string(field), " must be ", min, "..", max, ", got ", value));
}

// InvalidArgument with field, rule and value unless `value` is in [0, 1], and
// not 0 unless `zero_ok`.
inline absl::Status CheckShare(std::string_view field, double value,
                               bool zero_ok) {
  if (value <= 1 && (value > 0 || (zero_ok && value == 0))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(std::string(field), " must be in ", zero_ok ? "[" : "(",
                   "0, 1], got ", value));
}

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_CHECK_RANGE_H_
