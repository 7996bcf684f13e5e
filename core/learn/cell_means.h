// The update step of k-means: anchors from the rows of their cells.
#ifndef MONGOOSE_CORE_LEARN_CELL_MEANS_H_
#define MONGOOSE_CORE_LEARN_CELL_MEANS_H_

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/base/aligned_vector.h"
#include "core/base/counter_rng.h"
#include "core/base/frozen_rows.h"
#include "core/base/row_id.h"
#include "core/hash/code_matrix.h"
#include "core/hash/hash_spec.h"
#include "core/hash/partition_projection.h"

namespace mongoose {

// Anchors and spreads, and of how many rows they are.
struct CellMeans {
  PartitionProjection::Cells cells;  // zeros where there are no rows
  std::vector<std::size_t> sizes;    // [num_buckets]
};

// Sums over the rows of each cell, from which anchors go where their rows go
// without any row being hashed.  Sums run in the order of the calls and their
// ids, so that they are the same everywhere.  O(ids * cols) a call, on the
// calling thread.  Not thread-safe.
class CellSums {
 public:
  // Squares are summed in so many parts, whatever the width of registers.
  static constexpr std::size_t kSquareLanes = 8;

  // `spec` and `rows` must outlive it.
  CellSums(const HashSpec& spec, const FrozenRows& rows);

  // Row i of `codes` is the cell of ids[i].
  void Add(std::span<const RowId> ids, const CodeMatrix& codes);
  // Rows `ids` leave their cells in `from` for those in `to`; codes of all
  // rows.  REQUIRES: they were added to those in `from`.
  void Move(std::span<const RowId> ids, const CodeMatrix& from,
            const CodeMatrix& to);

  // Each anchor at the mean of its rows.
  CellMeans Means() const;
  // The same, but a cell without rows keeps the one it has in `old`.
  CellMeans MeansOr(const PartitionProjection::Cells& old) const;

 private:
  // Adds a row, or takes it away, with `sign` 1 or -1.
  void Change(RowId row, Code cell, float sign);

  const HashSpec& spec_;
  const FrozenRows& rows_;
  AlignedVector<float> row_;       // [stride], zeros behind cols
  AlignedVector<double> values_;   // [num_buckets, stride]
  AlignedVector<double> squares_;  // [num_buckets, kSquareLanes]
  std::vector<std::size_t> sizes_;
};

// Gives each cell without rows half of a large cell: both get the large one's
// anchor, turned a little either way.  For anchors that rows are about to be
// assigned to.
void SplitLargest(std::size_t cols, CounterRng& rng, CellMeans& means);

// `cells` with the router of `old`, if that was learned.
std::shared_ptr<const PartitionProjection> WithRouterOf(
    const PartitionProjection& old, PartitionProjection::Cells cells);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_CELL_MEANS_H_
