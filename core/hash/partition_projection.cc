#include "core/hash/partition_projection.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>

#include "core/base/aligned_vector.h"
#include "core/hash/integer_kernels.h"
#include "core/hash/key_limit.h"

namespace mongoose {
namespace {

// 1 / |v|; 0 for a zero vector.
float InverseNorm(std::span<const std::int8_t> v) {
  const std::int64_t square =
      std::inner_product(v.begin(), v.end(), v.begin(), std::int64_t{0});
  if (square == 0) return 0;
  return static_cast<float>(1.0 / std::sqrt(static_cast<double>(square)));
}

// The rounded anchors as columns, [padded cols, padded columns], and the step
// and the inverse norm, in units of the step, of each.
std::vector<std::int8_t> RoundAnchors(const HashSpec& spec,
                                      std::span<const float> anchors,
                                      std::vector<float>& steps,
                                      std::vector<float>& inverse_norms) {
  const std::size_t columns = IntegerGemm::PaddedColumns(spec.num_buckets());
  std::vector<std::int8_t> rounded(spec.cols);
  std::vector<std::int8_t> out(IntegerGemm::PaddedCols(spec.cols) * columns, 0);
  steps.resize(spec.num_buckets());
  inverse_norms.resize(spec.num_buckets());
  for (std::size_t cell = 0; cell < spec.num_buckets(); ++cell) {
    steps[cell] =
        RoundToAmplitude(anchors.subspan(cell * spec.cols, spec.cols),
                         IntegerGemm::Amplitude(spec.cols), rounded.data());
    inverse_norms[cell] = InverseNorm(rounded);
    for (std::size_t i = 0; i < spec.cols; ++i) {
      out[i * columns + cell] = rounded[i];
    }
  }
  return out;
}

// |query| in units of its step, so that large queries do not overflow.
float NormInSteps(std::span<const float> query, float step) {
  if (step == 0) return 0;
  float square = 0;
  for (const float value : query) square += (value / step) * (value / step);
  return std::sqrt(square);
}

// The places of the largest keys, ascending.
void KeepLargest(std::span<const float> keys, std::span<Code> places) {
  KeyLimit limit = LimitOfLargest(keys, places.size());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < keys.size() && kept < places.size(); ++i) {
    places[kept] = static_cast<Code>(i);
    if (keys[i] > limit.limit) {
      ++kept;
    } else if (keys[i] == limit.limit && limit.num_ties > 0) {
      --limit.num_ties;
      ++kept;
    }
  }
}

}  // namespace

PartitionProjection::PartitionProjection(const HashSpec& spec, Cells cells,
                                         IntegerGemm::Path path)
    : Projection(spec, {}),
      cells_(std::move(cells)),
      spreads_(cells_.spreads),
      gemm_(RoundAnchors(spec, cells_.anchors, reaches_, inverse_norms_),
            IntegerGemm::PaddedCols(spec.cols),
            IntegerGemm::PaddedColumns(spec.num_buckets()), path) {
  assert(spec.is_partition());
  assert(cells_.anchors.size() == spec.num_buckets() * spec.cols);
  assert(cells_.spreads.size() == spec.num_buckets());
  const float largest = std::ranges::max(reaches_);
  if (largest == 0) return;
  for (float& reach : reaches_) reach /= largest;
  for (float& spread : spreads_) spread /= largest;
}

std::span<const float> PartitionProjection::Multiply(
    MatrixView<const float> vectors, std::span<float> steps) const {
  assert(vectors.rows() <= kBlockVectors && vectors.cols() == spec().cols);
  const std::size_t block = IntegerGemm::BlockRows(vectors.rows());
  thread_local AlignedVector<std::int8_t> rounded;
  thread_local AlignedVector<float> products;
  rounded.assign(block * gemm_.cols(), 0);
  products.resize(std::max(products.size(), block * gemm_.columns()));
  for (std::size_t v = 0; v < vectors.rows(); ++v) {
    steps[v] =
        RoundToAmplitude(vectors.row(v), IntegerGemm::Amplitude(spec().cols),
                         &rounded[v * gemm_.cols()]);
  }
  gemm_.Multiply(rounded, vectors.rows(), products);
  return products;
}

void PartitionProjection::HashVectors(
    MatrixView<const float> vectors, const CodeRows& codes,
    [[maybe_unused]] std::span<float> margins) const {
  assert(margins.empty());
  std::array<float, kBlockVectors> steps{};
  const auto products = Multiply(vectors, steps);
  for (std::size_t v = 0; v < vectors.rows(); ++v) {
    codes.data[v * codes.stride] = static_cast<Code>(LargestWeighted(
        products.subspan(v * gemm_.columns(), spec().num_buckets()),
        inverse_norms_));
  }
}

void PartitionProjection::NearestCells(MatrixView<const float> queries,
                                       std::size_t count,
                                       std::span<Code> nearest) const {
  assert(count <= spec().num_buckets());
  assert(nearest.size() == queries.rows() * count);
  for (std::size_t first = 0; first < queries.rows(); first += kBlockVectors) {
    const std::size_t rows = std::min(kBlockVectors, queries.rows() - first);
    NearestCellsOfBlock(queries.Rows(first, rows), count,
                        nearest.subspan(first * count, rows * count));
  }
}

void PartitionProjection::NearestCellsOfBlock(MatrixView<const float> queries,
                                              std::size_t count,
                                              std::span<Code> nearest) const {
  const std::size_t cells = spec().num_buckets();
  thread_local std::vector<float> keys;
  keys.resize(cells);
  std::array<float, kBlockVectors> steps{};
  const auto products = Multiply(queries, steps);
  for (std::size_t q = 0; q < queries.rows(); ++q) {
    const float norm = NormInSteps(queries.row(q), steps[q]);
    const auto product = products.subspan(q * gemm_.columns(), cells);
    for (std::size_t c = 0; c < cells; ++c) {
      keys[c] = product[c] * reaches_[c] + spreads_[c] * norm;
    }
    KeepLargest(keys, nearest.subspan(q * count, count));
  }
}

}  // namespace mongoose
