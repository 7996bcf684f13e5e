// Makes tables from codes: all of them anew, or from the tables before.
#ifndef MONGOOSE_CORE_TABLE_TABLE_BUILDER_H_
#define MONGOOSE_CORE_TABLE_TABLE_BUILDER_H_

#include <cstddef>
#include <span>

#include "core/base/row_id.h"
#include "core/base/worker_pool.h"
#include "core/hash/code_matrix.h"
#include "core/table/tables.h"

namespace mongoose {

// Sorts every row into its bucket by a counting sort per table; O(rows *
// tables).  The same codes always give equal tables.
// REQUIRES: every code < num_buckets.
Tables BuildTables(const CodeMatrix& codes, std::size_t num_buckets,
                   WorkerPool& pool);

// Equal to BuildTables(new_codes, ...), made from `tables` = BuildTables(
// old_codes, ...) given that only `rows` may have changed.  Segments of tables
// none of whose codes changed are shared; those with few changes are copied
// around the moved entries; the rest are built anew, whichever costs less.
// REQUIRES: rows ascending and distinct; both matrices of equal shape.
Tables UpdateTables(const Tables& tables, const CodeMatrix& old_codes,
                    const CodeMatrix& new_codes, std::span<const RowId> rows,
                    WorkerPool& pool);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_TABLE_TABLE_BUILDER_H_
