// Makes snapshots: of all rows, or from the one before.
#ifndef MONGOOSE_CORE_INDEX_SNAPSHOT_BUILDER_H_
#define MONGOOSE_CORE_INDEX_SNAPSHOT_BUILDER_H_

#include <memory>
#include <span>

#include "absl/status/statusor.h"
#include "core/backend/backend.h"
#include "core/base/frozen_rows.h"
#include "core/base/row_id.h"
#include "core/hash/projection.h"
#include "core/query/index_snapshot.h"

namespace mongoose {

// Leaves version, hashed_sequence and hot list to the caller.  Thread-safe;
// the backend must outlive it.  Errors are those of the backend.
class SnapshotBuilder {
 public:
  explicit SnapshotBuilder(const Backend& backend) : backend_(backend) {}

  absl::StatusOr<IndexSnapshot> Build(
      std::shared_ptr<const Projection> projection,
      const FrozenRows& rows) const;

  // `old` with rows `ids` (ascending) hashed anew; shares the rest.
  absl::StatusOr<IndexSnapshot> Rehash(const IndexSnapshot& old,
                                       const FrozenRows& rows,
                                       std::span<const RowId> ids) const;

 private:
  const Backend& backend_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_SNAPSHOT_BUILDER_H_
