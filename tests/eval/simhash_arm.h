// SimHash with random and with learned directions, as an arm of the retrieval
// comparison: what its count filter finds within a number of candidates.
//
// For the evaluation only: codes are taken from float products and hits are
// counted by reading all codes, not tables; what they find is the same.
#ifndef MONGOOSE_TESTS_EVAL_SIMHASH_ARM_H_
#define MONGOOSE_TESTS_EVAL_SIMHASH_ARM_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/matrix_view.h"
#include "core/base/row_id.h"
#include "core/learn/query_truths.h"

namespace mongoose::eval {

struct SimHashShape {
  std::size_t bits;  // of a table's bucket, at most 16
  std::size_t tables;
  bool centre;  // subtract the mean of the rows from the rows
};

class SimHashArm {
 public:
  // Gaussian directions of `seed`.  `rows` [num_rows, dim] must outlive it.
  SimHashArm(const SimHashShape& shape, MatrixView<const float> rows,
             std::uint64_t seed);

  // Learns from queries and rows that are near them: minimises the sum over
  // tables of max(0, margin - agreement(q, w+) + agreement(q, w-)), mean over
  // triplets of a query, a wanted row and another row, where agreement is the
  // mean over a table's bits of tanh(q d) tanh(w d) [Chen et al. 2021, Eq. 3];
  // plus a tenth of the squared mean of each bit, so that bits stay balanced.
  // Half of the other rows are wanted by other queries, so that a row near all
  // queries is not a way out.
  void Learn(const QueryTruths& training);

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
  std::size_t num_directions() const { return shape_.bits * shape_.tables; }
  // tables codes a vector.
  std::vector<std::uint16_t> Codes(std::span<const float> vectors) const;
  std::vector<std::uint16_t> RowCodes() const;
  // [vectors, directions]
  std::vector<float> Project(std::span<const float> vectors) const;
  std::vector<float> Unit(std::span<const float> vector, bool is_row) const;

  struct Triplets;
  void Step(const Triplets& batch);
  void TakeAdamStep(std::span<const float> gradient);

  SimHashShape shape_;
  MatrixView<const float> rows_;
  std::uint64_t seed_;
  std::vector<float> mean_;        // [dim], zeros unless centred
  std::vector<float> directions_;  // [directions, dim]
  std::vector<float> momentum_;    // Adam's, both as directions_
  std::vector<float> square_;
  std::size_t steps_ = 0;
};

}  // namespace mongoose::eval

#endif  // MONGOOSE_TESTS_EVAL_SIMHASH_ARM_H_
