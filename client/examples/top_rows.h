// The exact rows of greatest inner product, by blocked matrix products.
//
// Cost: one product of rows * dim * samples, and a scan that only stops at
// scores above the least one kept.
// Thread-safety: not thread-safe; Find uses all cores.
#ifndef MONGOOSE_CLIENT_EXAMPLES_TOP_ROWS_H_
#define MONGOOSE_CLIENT_EXAMPLES_TOP_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "client/examples/dense_matrix.h"

namespace mongoose::examples {

class TopRows {
 public:
  // REQUIRES: num_top > 0.
  explicit TopRows(std::size_t num_top) : num_top_(num_top) {}

  // Scores each sample of `hidden` [samples, dim] against each row of
  // `weights` [rows, dim + 1], the last column being a bias.
  void Find(const DenseMatrix& hidden, const DenseMatrix& weights);

  // The sample's min(num_top, rows) best rows, best first.
  std::vector<std::uint32_t> RowsOf(std::size_t sample) const;

 private:
  struct Scored {
    float score;
    std::uint32_t row;
    bool operator>(const Scored& other) const {
      return score != other.score ? score > other.score : row < other.row;
    }
  };

  // Adds the scores of the rows from `first` to the sample's best.
  void Merge(std::span<const float> scores, std::size_t first,
             std::vector<std::uint32_t>& positions,
             std::vector<Scored>& best) const;

  std::size_t num_top_;
  DenseMatrix inputs_;  // [samples, dim + 1], hidden and a one
  DenseMatrix scores_;  // [samples, rows of a block]
  std::vector<std::vector<Scored>> best_;  // per sample, a heap: worst first
};

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_TOP_ROWS_H_
