// Matrix products of floats by oneDNN, over strided row-major memory; on all
// cores unless a SingleThreaded lives.
#ifndef MONGOOSE_CORE_BASE_MATRIX_PRODUCT_H_
#define MONGOOSE_CORE_BASE_MATRIX_PRODUCT_H_

#include <cstddef>

namespace mongoose {

// Shape of left [rows, inner] * right [inner, cols].
struct ProductShape {
  std::size_t rows;
  std::size_t cols;
  std::size_t inner;
};

// A factor; its rows lie `stride` floats apart.  A transposed factor is kept
// as [inner, rows] (left) or [cols, inner] (right).
struct Factor {
  const float* values;
  std::size_t stride;
  bool transposed = false;
};

struct ProductOutput {
  float* values;
  std::size_t stride;
  bool accumulate = false;  // add to what is there
};

// Does nothing when rows or cols is 0.
void Multiply(const ProductShape& shape, const Factor& left,
              const Factor& right, const ProductOutput& out);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_MATRIX_PRODUCT_H_
