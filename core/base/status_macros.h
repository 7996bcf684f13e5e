#ifndef MONGOOSE_CORE_BASE_STATUS_MACROS_H_
#define MONGOOSE_CORE_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the enclosing function when `expr`, an absl::Status, is not OK.
#define RETURN_IF_ERROR(expr)                           \
  do {                                                  \
    if (absl::Status status_ = (expr); !status_.ok()) { \
      return status_;                                   \
    }                                                   \
  } while (false)

// Declares or assigns `lhs` from an absl::StatusOr, or returns its status.
#define ASSIGN_OR_RETURN(lhs, expr) \
  MONGOOSE_ASSIGN_OR_RETURN_(MONGOOSE_CONCAT_(result_, __LINE__), lhs, expr)
#define MONGOOSE_ASSIGN_OR_RETURN_(result, lhs, expr) \
  auto result = (expr);                               \
  if (!result.ok()) return result.status();           \
  lhs = *std::move(result)
#define MONGOOSE_CONCAT_(a, b) MONGOOSE_CONCAT_INNER_(a, b)
#define MONGOOSE_CONCAT_INNER_(a, b) a##b

#endif  // MONGOOSE_CORE_BASE_STATUS_MACROS_H_
