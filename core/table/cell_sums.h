// Sums over the rows of each cell of a partition.
#ifndef MONGOOSE_CORE_TABLE_CELL_SUMS_H_
#define MONGOOSE_CORE_TABLE_CELL_SUMS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/aligned_vector.h"
#include "core/hash/code_matrix.h"

namespace mongoose {

// From these sums anchors go where their rows go without any row being hashed
// (core/learn/cell_means.h).  They run in the order of the calls, so that they
// are the same everywhere.  O(cols) a call.  Not synchronised.
class CellSums {
 public:
  // Squares are summed in so many parts, whatever the width of registers.
  static constexpr std::size_t kSquareLanes = 8;

  CellSums(std::size_t num_cells, std::size_t cols);

  std::size_t num_cells() const { return sizes_.size(); }
  std::size_t cols() const { return cols_; }
  // Values of a row as Add wants them: cols and zeros.
  std::size_t stride() const { return stride_; }

  // `values` [stride].
  void Add(Code cell, std::span<const float> values);
  // Takes away what Add has added.
  void Remove(Code cell, std::span<const float> values);

  std::size_t size(std::size_t cell) const { return sizes_[cell]; }
  // [cols]
  std::span<const double> values(std::size_t cell) const {
    return std::span(values_).subspan(cell * stride_, cols_);
  }
  // Of all values of all rows of a cell.
  double squares(std::size_t cell) const;

  // Whether rows have left a cell that were so much larger than those that
  // stay that they took digits of the sums along; so until all are added anew,
  // to other sums.
  bool lost_digits() const { return lost_digits_; }

  std::size_t bytes() const {
    return (values_.size() + squares_.size() + peaks_.size()) * sizeof(double) +
           2 * sizes_.size() * sizeof(std::uint32_t);
  }

 private:
  void Clear(Code cell);

  std::size_t cols_;
  std::size_t stride_;
  AlignedVector<double> values_;   // [cells, stride]
  AlignedVector<double> squares_;  // [cells, kSquareLanes]
  std::vector<double> peaks_;  // [cells], largest squares since it was empty
  std::vector<std::uint32_t> sizes_;
  // [cells], rows that are not all zero.
  std::vector<std::uint32_t> num_nonzero_;
  bool lost_digits_ = false;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_TABLE_CELL_SUMS_H_
