// The matrix product that the peers use: the faster of oneDNN and OpenBLAS.
#ifndef MONGOOSE_TESTS_BENCH_SGEMM_H_
#define MONGOOSE_TESTS_BENCH_SGEMM_H_

#include <cstddef>
#include <string>

namespace mongoose::bench {

struct ProductShape {
  std::size_t rows;
  std::size_t cols;
  std::size_t inner;
};

// out [rows, cols] = left [rows, inner] * right^T, right [cols, inner]; all
// row-major and compact.  On OMP_NUM_THREADS or OPENBLAS_NUM_THREADS threads.
void MultiplyTransposed(const ProductShape& shape, const float* left,
                        const float* right, float* out);

// How fast each library was when the choice was made, in this process.
struct ProductSpeeds {
  double onednn_gflops = 0;
  double openblas_gflops = 0;
  std::string chosen;  // "oneDNN" or "OpenBLAS"
};
const ProductSpeeds& MeasuredProductSpeeds();

// "OpenBLAS ... <core name>": which kernels it chose when it was loaded.
std::string OpenBlasKernel();
// The widest instruction set that oneDNN will use.
std::string OneDnnIsa();

}  // namespace mongoose::bench

#endif  // MONGOOSE_TESTS_BENCH_SGEMM_H_
