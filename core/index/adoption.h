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
#include "core/query/index_snapshot.h"

namespace mongoose {

// A hot list of another size, of a PARTITION.
struct HotListChange {
  std::size_t size = 0;     // wanted from now on
  std::vector<RowId> rows;  // of now, ascending; at most `size`
  HotListPrice price;
};

struct Adoption {
  std::shared_ptr<const Projection> projection;
  std::optional<HotListChange> hot_list;  // none: it stays
  std::string reason;                     // for logs and the status
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_ADOPTION_H_
