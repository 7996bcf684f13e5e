// What learning publishes.
#ifndef MONGOOSE_CORE_INDEX_ADOPTION_H_
#define MONGOOSE_CORE_INDEX_ADOPTION_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/row_id.h"
#include "core/hash/projection.h"

namespace mongoose {

// A hot list that learning chose, of a PARTITION: it stays until learning
// chooses another.
struct HotListChange {
  std::vector<RowId> rows;            // ascending
  std::ptrdiff_t cells_replaced = 0;  // see IndexSnapshot
};

struct Adoption {
  std::shared_ptr<const Projection> projection;
  std::optional<HotListChange> hot_list;  // none: it stays
  std::string reason;                     // for logs and the status
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_ADOPTION_H_
