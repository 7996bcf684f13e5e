#ifndef MONGOOSE_SERVER_DRAINING_H_
#define MONGOOSE_SERVER_DRAINING_H_

#include "absl/status/status.h"

namespace mongoose::server {

// What calls end with that a draining server cannot answer any more.
inline absl::Status DrainingError() {
  return absl::UnavailableError("the service is shutting down");
}

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_DRAINING_H_
