#include "tests/bench/sgemm.h"

#include <cblas.h>
#include <dnnl.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace mongoose::bench {
namespace {

void MultiplyByOneDnn(const ProductShape& shape, const float* left,
                      const float* right, float* out) {
  const auto dim = [](std::size_t n) { return static_cast<dnnl_dim_t>(n); };
  dnnl_sgemm('N', 'T', dim(shape.rows), dim(shape.cols), dim(shape.inner), 1.0F,
             left, dim(shape.inner), right, dim(shape.inner), 0.0F, out,
             dim(shape.cols));
}

void MultiplyByOpenBlas(const ProductShape& shape, const float* left,
                        const float* right, float* out) {
  const auto dim = [](std::size_t n) { return static_cast<blasint>(n); };
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, dim(shape.rows),
              dim(shape.cols), dim(shape.inner), 1.0F, left, dim(shape.inner),
              right, dim(shape.inner), 0.0F, out, dim(shape.cols));
}

// The best of a few products of the shape that a batch of queries has.
template <typename Product>
double Gflops(Product product) {
  const ProductShape shape{.rows = 128, .cols = 8192, .inner = 128};
  const std::vector<float> left(shape.rows * shape.inner, 0.5F);
  const std::vector<float> right(shape.cols * shape.inner, 0.25F);
  std::vector<float> out(shape.rows * shape.cols);
  double best = 0;
  for (int i = 0; i < 8; ++i) {
    const auto start = std::chrono::steady_clock::now();
    product(shape, left.data(), right.data(), out.data());
    const std::chrono::duration<double> seconds =
        std::chrono::steady_clock::now() - start;
    best = std::max(best, 2e-9 * 128 * 8192 * 128 / seconds.count());
  }
  return best;
}

ProductSpeeds MeasureSpeeds() {
  ProductSpeeds speeds;
  speeds.onednn_gflops = Gflops(MultiplyByOneDnn);
  speeds.openblas_gflops = Gflops(MultiplyByOpenBlas);
  speeds.chosen =
      speeds.onednn_gflops >= speeds.openblas_gflops ? "oneDNN" : "OpenBLAS";
  return speeds;
}

}  // namespace

const ProductSpeeds& MeasuredProductSpeeds() {
  static const ProductSpeeds speeds = MeasureSpeeds();
  return speeds;
}

void MultiplyTransposed(const ProductShape& shape, const float* left,
                        const float* right, float* out) {
  static const bool use_onednn = MeasuredProductSpeeds().chosen == "oneDNN";
  if (use_onednn) {
    MultiplyByOneDnn(shape, left, right, out);
  } else {
    MultiplyByOpenBlas(shape, left, right, out);
  }
}

std::string OpenBlasKernel() {
  return std::string(openblas_get_config()) + "; chosen core " +
         openblas_get_corename();
}

std::string OneDnnIsa() {
  switch (dnnl_get_effective_cpu_isa()) {
    case dnnl_cpu_isa_sse41:
      return "SSE4.1";
    case dnnl_cpu_isa_avx:
      return "AVX";
    case dnnl_cpu_isa_avx2:
      return "AVX2";
    case dnnl_cpu_isa_avx512_core:
      return "AVX-512";
    case dnnl_cpu_isa_avx512_core_vnni:
      return "AVX-512 with VNNI";
    case dnnl_cpu_isa_avx512_core_bf16:
      return "AVX-512 with bfloat16";
    case dnnl_cpu_isa_avx512_core_amx:
      return "AVX-512 with AMX";
    case dnnl_cpu_isa_all:
      return "all that the processor has";
    default:
      return "isa number " + std::to_string(dnnl_get_effective_cpu_isa());
  }
}

}  // namespace mongoose::bench
