#ifndef MONGOOSE_CORE_INDEX_UPDATE_CHUNK_H_
#define MONGOOSE_CORE_INDEX_UPDATE_CHUNK_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/base/frozen_rows.h"
#include "core/base/matrix_view.h"
#include "core/base/row_id.h"

namespace mongoose {

enum class ChangeKind {
  kNone,       // only ends a step
  kSetRows,    // overwrite rows with `values`
  kAddDeltas,  // add `values` to rows
  kDrift,      // rows moved by `distances`; their values are not known
};

// One chunk of changes from one writer.  Views; valid during Apply.
struct UpdateChunk {
  std::string_view writer_id;
  std::uint64_t sequence = 0;  // 1, 2, 3, ... per writer
  ChangeKind kind = ChangeKind::kNone;
  std::span<const RowId> ids;
  MatrixView<const float> values;    // [ids, cols]: set and add
  std::span<const float> distances;  // [ids]: drift
  bool ends_step = true;  // no further chunk of the same training step follows
};

// What Apply did.
struct UpdateResult {
  std::uint64_t applied_sequence = 0;  // of the index, after the chunk
  float staleness = 0;                 // after the chunk
  bool replayed = false;               // seen before: nothing was done
  std::vector<RowId> rows_wanted;      // drift: rows whose values are needed
};

// Everything about a chunk that does not depend on the index's state.
// InvalidArgument or OutOfRange with field, rule and value.
absl::Status ValidateUpdateChunk(const UpdateChunk& chunk,
                                 const RowLayout& layout);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_UPDATE_CHUNK_H_
