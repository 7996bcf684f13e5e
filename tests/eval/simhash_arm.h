// SimHash with random and with learned directions, as an arm of the retrieval
// comparison: what its count filter finds within a number of candidates.
//
// Hits are counted by reading all codes, not tables; what they find is the
// same.
#ifndef MONGOOSE_TESTS_EVAL_SIMHASH_ARM_H_
#define MONGOOSE_TESTS_EVAL_SIMHASH_ARM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/frozen_rows.h"
#include "core/base/matrix_view.h"
#include "core/base/row_id.h"
#include "core/hash/projection.h"
#include "core/learn/direction_loss.h"
#include "core/learn/query_truths.h"

namespace mongoose::eval {

struct SimHashShape {
  std::size_t bits;  // of a table's bucket
  std::size_t tables;
  bool centre;  // subtract the mean of the rows from the rows
};

class SimHashArm {
 public:
  // Gaussian directions of `seed`.  `rows` must outlive it.
  SimHashArm(const SimHashShape& shape, const FrozenRows& rows,
             std::uint64_t seed);

  // Learns directions from queries and rows that are near them.
  void Learn(const QueryTruths& training, DirectionLoss loss);

  // Shares of the nearest 10 and of all `nearest` rows [queries, k] among the
  // `candidates` rows of most tables in common with the query, mean over
  // queries; ties count by their share and rows without a table in common
  // never do.  One result a number of candidates.
  struct Recalls {
    double at_10 = 0;
    double at_k = 0;
  };
  std::vector<Recalls> Recall(MatrixView<const float> queries,
                              std::span<const RowId> nearest,
                              std::span<const double> candidates) const;

 private:
  const FrozenRows& rows_;
  std::shared_ptr<const Projection> projection_;
};

}  // namespace mongoose::eval

#endif  // MONGOOSE_TESTS_EVAL_SIMHASH_ARM_H_
