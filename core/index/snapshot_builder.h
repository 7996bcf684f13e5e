// Makes snapshots: of all rows, or from the one before.
#ifndef MONGOOSE_CORE_INDEX_SNAPSHOT_BUILDER_H_
#define MONGOOSE_CORE_INDEX_SNAPSHOT_BUILDER_H_

#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/backend/backend.h"
#include "core/base/frozen_rows.h"
#include "core/base/row_id.h"
#include "core/hash/projection.h"
#include "core/query/index_snapshot.h"

namespace mongoose {

// Leaves version and hashed_sequence to the caller.  Thread-safe; the backend
// must outlive it.  Errors are those of the backend.
class SnapshotBuilder {
 public:
  explicit SnapshotBuilder(const Backend& backend) : backend_(backend) {}

  // REQUIRES: hot_list ascending.
  absl::StatusOr<IndexSnapshot> Build(
      std::shared_ptr<const Projection> projection, const FrozenRows& rows,
      std::vector<RowId> hot_list) const;

  // `old`, with tables, with rows `ids` hashed anew; shares the rest.
  absl::StatusOr<IndexSnapshot> Rehash(const IndexSnapshot& old,
                                       const FrozenRows& rows,
                                       std::span<const RowId> ids) const;

  // The same of a PARTITION, of which the cells keep the values of rows `ids`
  // anew, but only rows `far` of them are hashed.  Anchors follow their rows,
  // before and, if any was hashed, after.  O((ids + cells) * cols),
  // and a copy of what the cells keep.  REQUIRES: both ascending, `far` some of
  // `ids`.
  absl::StatusOr<IndexSnapshot> Follow(const IndexSnapshot& old,
                                       const FrozenRows& rows,
                                       std::span<const RowId> ids,
                                       std::span<const RowId> far) const;

  // `old` with another hot list, ascending; shares the rest.
  static IndexSnapshot WithHotList(const IndexSnapshot& old,
                                   std::vector<RowId> hot_list,
                                   const FrozenRows& rows);

 private:
  const Backend& backend_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_SNAPSHOT_BUILDER_H_
