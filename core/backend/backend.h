// Who does the batch arithmetic of an index.
#ifndef MONGOOSE_CORE_BACKEND_BACKEND_H_
#define MONGOOSE_CORE_BACKEND_BACKEND_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancel_token.h"
#include "core/base/frozen_rows.h"
#include "core/base/row_id.h"
#include "core/hash/code_matrix.h"
#include "core/hash/hash_spec.h"
#include "core/hash/projection.h"
#include "core/query/active_sets.h"
#include "core/query/index_snapshot.h"
#include "core/query/query_workspace.h"
#include "core/table/tables.h"

namespace mongoose {

// Virtual calls per batch, never per row.  A backend that cannot do its work
// says so; it never falls back to another one silently.  Implementations are
// thread-safe.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual std::string_view name() const = 0;

  // Unimplemented, naming the field, where it cannot hash by `spec`.
  virtual absl::Status CheckSpec(const HashSpec& spec) const = 0;

  // Writes the codes of row ids[i] to codes row i (vector_hasher.h).  `codes`
  // is undefined after an error.  REQUIRES: codes.rows() == ids.size().
  virtual absl::Status HashRows(const Projection& projection,
                                const FrozenRows& rows,
                                std::span<const RowId> ids,
                                CodeMatrix& codes) const = 0;

  // All tables anew (table_builder.h).
  virtual absl::StatusOr<std::shared_ptr<const Tables>> BuildTables(
      const CodeMatrix& codes, std::size_t num_buckets) const = 0;

  // The tables of `new_codes`, given that only `rows` (ascending) differ from
  // `old_codes` (table_builder.h).
  virtual absl::StatusOr<std::shared_ptr<const Tables>> UpdateTables(
      const Tables& tables, const CodeMatrix& old_codes,
      const CodeMatrix& new_codes, std::span<const RowId> rows) const = 0;

  // Answers a batch (neuron_query.h).
  virtual absl::StatusOr<ActiveSets> QueryNeurons(
      const IndexSnapshot& snapshot, const FrozenRows& rows,
      const NeuronQuery& query, WorkspacePool& workspaces,
      const CancelToken& cancel) const = 0;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BACKEND_BACKEND_H_
