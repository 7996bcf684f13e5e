// A compact row-major float matrix that keeps its memory when it is reshaped.
#ifndef MONGOOSE_CLIENT_EXAMPLES_DENSE_MATRIX_H_
#define MONGOOSE_CLIENT_EXAMPLES_DENSE_MATRIX_H_

#include <cstddef>
#include <span>
#include <vector>

namespace mongoose::examples {

class DenseMatrix {
 public:
  DenseMatrix() = default;
  DenseMatrix(std::size_t rows, std::size_t cols) { Reshape(rows, cols); }

  // The values are unspecified afterwards, but finite.
  void Reshape(std::size_t rows, std::size_t cols) {
    rows_ = rows;
    cols_ = cols;
    if (values_.size() < rows * cols) {
      values_.resize(rows * cols);
    }
  }

  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }
  std::span<float> row(std::size_t i) {
    return {values_.data() + i * cols_, cols_};
  }
  std::span<const float> row(std::size_t i) const {
    return {values_.data() + i * cols_, cols_};
  }
  std::span<float> values() { return {values_.data(), rows_ * cols_}; }
  std::span<const float> values() const {
    return {values_.data(), rows_ * cols_};
  }

 private:
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
  std::vector<float> values_;
};

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_DENSE_MATRIX_H_
