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

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_CHECK_RANGE_H_
