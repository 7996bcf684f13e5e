#ifndef MONGOOSE_CORE_INDEX_INDEX_RUNTIME_H_
#define MONGOOSE_CORE_INDEX_INDEX_RUNTIME_H_

#include "core/backend/backend.h"
#include "core/base/clock.h"
#include "core/index/index_status.h"

namespace mongoose {

// What indexes run on; all outlive them.
struct IndexRuntime {
  const Backend& backend;         // answers queries
  const Backend& rehash_backend;  // hashes and builds; may be the same
  const Clock& clock;
  int rehash_nice = 0;  // of each index's background thread, [0, 19]
  RehashListener listener = nullptr;  // may be null
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_INDEX_RUNTIME_H_
