#include "core/hash/integer_projection.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <utility>

#include "core/base/aligned_vector.h"
#include "core/hash/integer_kernels.h"
#include "core/hash/rounded_columns.h"

namespace mongoose {
IntegerProjection::IntegerProjection(const HashSpec& spec, Means means,
                                     const Projection& exact,
                                     IntegerGemm::Path path)
    : Projection(spec, std::move(means)),
      directions_(RoundToColumns(exact.Directions(), spec.cols,
                                 IntegerGemm::PaddedCols(spec.cols),
                                 IntegerGemm::PaddedColumns(spec.num_bits()))
                      .values),
      gemm_(directions_, IntegerGemm::PaddedCols(spec.cols),
            IntegerGemm::PaddedColumns(spec.num_bits()), path) {}

void IntegerProjection::HashVectors(MatrixView<const float> vectors,
                                    const CodeRows& codes,
                                    std::span<float> margins) const {
  const std::size_t count = vectors.rows();
  const std::size_t block = IntegerGemm::BlockRows(count);
  const std::size_t bits = spec().num_bits();
  assert(count <= kBlockVectors);
  assert(margins.empty() || margins.size() == count * bits);
  thread_local AlignedVector<std::int8_t> rounded;
  thread_local AlignedVector<float> products;
  rounded.assign(block * gemm_.cols(), 0);
  products.resize(std::max(products.size(), block * gemm_.columns()));
  for (std::size_t v = 0; v < count; ++v) {
    RoundToAmplitude(vectors.row(v), IntegerGemm::Amplitude(spec().cols),
                     &rounded[v * gemm_.cols()]);
  }
  gemm_.Multiply(rounded, count, products);
  const std::size_t packed =
      (bits + kPackedColumns - 1) / kPackedColumns * kPackedColumns;
  for (std::size_t v = 0; v < count; ++v) {
    const auto row =
        std::span<const float>(products).subspan(v * gemm_.columns());
    PackCodes(row.first(packed), spec().bits_per_table,
              {codes.data + v * codes.stride, spec().num_tables});
    if (margins.empty()) continue;
    std::ranges::copy(row.first(bits), margins.subspan(v * bits).begin());
  }
}

std::vector<float> IntegerProjection::Directions() const {
  std::vector<float> out(spec().num_bits() * spec().cols);
  for (std::size_t bit = 0; bit < spec().num_bits(); ++bit) {
    for (std::size_t i = 0; i < spec().cols; ++i) {
      out[bit * spec().cols + i] = directions_[i * gemm_.columns() + bit];
    }
  }
  return out;
}

}  // namespace mongoose
