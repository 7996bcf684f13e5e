#ifndef MONGOOSE_CORE_BASE_MATRIX_VIEW_H_
#define MONGOOSE_CORE_BASE_MATRIX_VIEW_H_

#include <cassert>
#include <cstddef>
#include <span>

namespace mongoose {

// Non-owning view of a compact row-major matrix, shape [rows, cols].
// The viewed memory must outlive the view.
template <typename T>
class MatrixView {
 public:
  MatrixView() = default;
  // REQUIRES: data.size() == rows * cols.
  MatrixView(std::span<T> data, std::size_t rows, std::size_t cols)
      : data_(data), rows_(rows), cols_(cols) {
    assert(data.size() == rows * cols);
  }

  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }
  std::span<T> data() const { return data_; }
  std::span<T> row(std::size_t i) const {
    return data_.subspan(i * cols_, cols_);
  }
  // Rows [first, first + count).
  MatrixView Rows(std::size_t first, std::size_t count) const {
    return {data_.subspan(first * cols_, count * cols_), count, cols_};
  }

 private:
  std::span<T> data_;
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_MATRIX_VIEW_H_
