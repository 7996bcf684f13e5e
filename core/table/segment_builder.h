// Builds and patches one table over one segment, on one thread.
#ifndef MONGOOSE_CORE_TABLE_SEGMENT_BUILDER_H_
#define MONGOOSE_CORE_TABLE_SEGMENT_BUILDER_H_

#include <cstddef>
#include <memory>
#include <span>

#include "core/base/row_id.h"
#include "core/table/tables.h"

namespace mongoose {

// A row that leaves bucket `from` for another bucket, `to`.
struct Move {
  LocalRow row;
  Code from;
  Code to;
};

// A counting sort of rows by code; codes[i] is that of local row i.
// REQUIRES: at most kSegmentRows codes, all < num_buckets.
std::shared_ptr<const TableSegment> BuildSegment(std::span<const Code> codes,
                                                 std::size_t num_buckets);

// Copies `old` around the rows that move.  REQUIRES: distinct rows,
// ascending.
std::shared_ptr<const TableSegment> PatchSegment(const TableSegment& old,
                                                 std::span<const Move> moves);

// Whether patching costs less than building, by the model of
// segment_builder.cc.
bool PatchIsCheaper(std::size_t num_moves, std::size_t num_rows,
                    std::size_t num_buckets);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_TABLE_SEGMENT_BUILDER_H_
