// All that the comparison uses of this project, in one place.
#ifndef MONGOOSE_TESTS_BENCH_OURS_H_
#define MONGOOSE_TESTS_BENCH_OURS_H_

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/base/clock.h"
#include "core/base/frozen_rows.h"
#include "core/base/matrix_view.h"
#include "core/base/row_id.h"
#include "core/base/worker_pool.h"
#include "core/hash/hash_spec.h"
#include "core/query/candidate_counter.h"
#include "core/query/index_snapshot.h"
#include "core/query/query_plan.h"
#include "core/query/query_workspace.h"

namespace mongoose::bench {

struct TableShape {
  std::size_t bits_per_table = 0;
  std::size_t num_tables = 0;
  HashFamily family = HashFamily::kOrthogonal;
  NumericProfile profile = NumericProfile::kInt8;  // the service's default
  std::size_t sketch_bits = 0;
};

// What the service makes of so many rows unless told otherwise.
inline TableShape DefaultShape(std::size_t num_rows) {
  return {.bits_per_table = DefaultPartitionBits(num_rows),
          .num_tables = 1,
          .family = HashFamily::kPartition};
}

HashSpec HashSpecOf(TableShape shape, std::size_t cols);

// One snapshot and the rows it was made of.  Not thread-safe; the pool must
// outlive it.
class OurIndex {
 public:
  // Draws the functions, or learns them; hashes nothing yet.
  OurIndex(std::shared_ptr<const FrozenRows> rows, TableShape shape,
           WorkerPool& workers);

  void HashAll();
  // REQUIRES: HashAll was called.
  void BuildTables();
  // All that a snapshot holds.
  void Build();
  // A partial re-hash of rows `ids` (ascending) of `rows`.
  // REQUIRES: Build was called.
  void RehashRows(std::shared_ptr<const FrozenRows> rows,
                  std::span<const RowId> ids);

  // [rows, num_tables] and [queries, num_tables].
  std::vector<Code> RowCodes() const;
  std::vector<Code> QueryCodes(MatrixView<const float> queries) const;
  // The best rows by `plan`: found [queries, plan.num_active].
  void Search(MatrixView<const float> queries, const QueryPlan& plan,
              std::span<RowId> found);

  const Tables& tables() const { return *snapshot_.tables; }
  std::size_t num_rows() const { return rows_->layout().num_rows; }
  // Codes, tables and the like; the rows are counted apart.
  std::size_t bytes() const;

 private:
  std::vector<RowId> AllRows() const;
  void Adopt(IndexSnapshot snapshot);

  std::shared_ptr<const FrozenRows> rows_;
  WorkerPool& workers_;
  SteadyClock clock_;
  WorkspacePool workspaces_;
  IndexSnapshot snapshot_;
};

// Candidates of one query or of a batch.
class OurLookup {
 public:
  // The index must outlive it and not change.
  explicit OurLookup(const OurIndex& index)
      : tables_(index.tables()),
        num_rows_(index.num_rows()),
        counter_(num_rows_) {}

  // Distinct rows, with their hits counted; valid until the next call.
  std::span<const RowId> Lookup(std::span<const Code> codes);
  // Distinct rows of all queries, by counts or a bitmap; codes [queries,
  // num_tables].
  std::span<const RowId> Unite(std::span<const Code> codes);

 private:
  std::span<const RowId> UniteByBitmap(std::span<const Code> codes);

  const Tables& tables_;
  std::size_t num_rows_;
  CandidateCounter counter_;
  std::vector<RowId> united_;
};

}  // namespace mongoose::bench

#endif  // MONGOOSE_TESTS_BENCH_OURS_H_
