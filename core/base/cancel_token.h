#ifndef MONGOOSE_CORE_BASE_CANCEL_TOKEN_H_
#define MONGOOSE_CORE_BASE_CANCEL_TOKEN_H_

#include "absl/status/status.h"

namespace mongoose {

// Tells long work that its caller has gone or that its time is over.
// Implementations are thread-safe.
class CancelToken {
 public:
  virtual ~CancelToken() = default;
  // OK, Cancelled or DeadlineExceeded.
  virtual absl::Status Check() const = 0;
};

class NeverCancelled final : public CancelToken {
 public:
  absl::Status Check() const override { return absl::OkStatus(); }
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_CANCEL_TOKEN_H_
