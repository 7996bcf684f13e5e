#include "core/base/matrix_product.h"

#include <dnnl.h>

#include <cassert>

namespace mongoose {
namespace {

dnnl_dim_t Dim(std::size_t n) { return static_cast<dnnl_dim_t>(n); }

char Transposition(const Factor& factor) {
  return factor.transposed ? 'T' : 'N';
}

}  // namespace

void Multiply(const ProductShape& shape, const Factor& left,
              const Factor& right, const ProductOutput& out) {
  if (shape.rows == 0 || shape.cols == 0) {
    return;
  }
  [[maybe_unused]] const dnnl_status_t status =
      dnnl_sgemm(Transposition(left), Transposition(right), Dim(shape.rows),
                 Dim(shape.cols), Dim(shape.inner), 1.0F, left.values,
                 Dim(left.stride), right.values, Dim(right.stride),
                 out.accumulate ? 1.0F : 0.0F, out.values, Dim(out.stride));
  assert(status == dnnl_success);
}

}  // namespace mongoose
