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

// |query| in units of its step, so that large queries do not overflow.
float NormInSteps(std::span<const float> query, float step) {
  if (step == 0) return 0;
  float square = 0;
  for (const float value : query) square += (value / step) * (value / step);
  return std::sqrt(square);
}

}  // namespace

PartitionProjection::RoundedVectors::RoundedVectors(RoundedColumns columns,
                                                    const HashSpec& spec,
                                                    IntegerGemm::Path path)
    : steps(std::move(columns.steps)),
      inverse_norms(std::move(columns.inverse_norms)),
      gemm(columns.values, IntegerGemm::PaddedCols(spec.cols),
           IntegerGemm::PaddedColumns(spec.num_buckets()), path),
      cols_(spec.cols) {
  assert(steps.size() == spec.num_buckets());
}

std::span<const float> PartitionProjection::RoundedVectors::Multiply(
    MatrixView<const float> arguments, std::span<float> argument_steps) const {
  assert(arguments.rows() <= kBlockVectors && arguments.cols() == cols_);
  const std::size_t block = IntegerGemm::BlockRows(arguments.rows());
  thread_local AlignedVector<std::int8_t> rounded;
  thread_local AlignedVector<float> products;
  rounded.assign(block * gemm.cols(), 0);
  products.resize(std::max(products.size(), block * gemm.columns()));
  for (std::size_t v = 0; v < arguments.rows(); ++v) {
    argument_steps[v] =
        RoundToAmplitude(arguments.row(v), IntegerGemm::Amplitude(cols_),
                         &rounded[v * gemm.cols()]);
  }
  gemm.Multiply(rounded, arguments.rows(), products);
  return products;
}

PartitionProjection::PartitionProjection(const HashSpec& spec, Cells cells,
                                         IntegerGemm::Path path)
    : Projection(spec, {}),
      cells_(std::move(cells)),
      anchors_(spec, cells_.anchors, path),
      scales_(ScalesOf(anchors_, RouterOf(cells_).offsets)) {
  assert(spec.is_partition());
}

PartitionProjection::PartitionProjection(const HashSpec& spec, Cells cells,
                                         Router learned, IntegerGemm::Path path)
    : PartitionProjection(spec, std::move(cells), path) {
  router_.emplace(spec, std::move(learned), path);
  scales_ = ScalesOf(router_->vectors, router_->source.offsets);
}

PartitionProjection::Router PartitionProjection::RouterOf(const Cells& cells) {
  constexpr float kSpreads = 2;
  Router router{.vectors = cells.anchors, .offsets = cells.spreads};
  for (float& offset : router.offsets) offset *= kSpreads;
  return router;
}

PartitionProjection::Scales PartitionProjection::ScalesOf(
    const RoundedVectors& vectors, std::vector<float> offsets) {
  assert(offsets.size() == vectors.steps.size());
  Scales scales{.reaches = vectors.steps, .offsets = std::move(offsets)};
  const float largest = std::ranges::max(scales.reaches);
  if (largest == 0) return scales;
  for (float& reach : scales.reaches) reach /= largest;
  for (float& offset : scales.offsets) offset /= largest;
  return scales;
}

void PartitionProjection::HashVectors(
    MatrixView<const float> vectors, const CodeRows& codes,
    [[maybe_unused]] std::span<float> margins) const {
  assert(margins.empty());
  std::array<float, kBlockVectors> steps{};
  const auto products = anchors_.Multiply(vectors, steps);
  for (std::size_t v = 0; v < vectors.rows(); ++v) {
    codes.data[v * codes.stride] = static_cast<Code>(LargestWeighted(
        products.subspan(v * anchors_.gemm.columns(), spec().num_buckets()),
        anchors_.inverse_norms));
  }
}

void PartitionProjection::CellKeys(MatrixView<const float> queries,
                                   std::span<float> keys) const {
  const std::size_t cells = spec().num_buckets();
  assert(keys.size() == queries.rows() * cells);
  for (std::size_t first = 0; first < queries.rows(); first += kBlockVectors) {
    const std::size_t rows = std::min(kBlockVectors, queries.rows() - first);
    CellKeysOfBlock(queries.Rows(first, rows),
                    keys.subspan(first * cells, rows * cells));
  }
}

void PartitionProjection::CellKeysOfBlock(MatrixView<const float> queries,
                                          std::span<float> keys) const {
  const std::size_t cells = spec().num_buckets();
  const RoundedVectors& vectors =
      has_learned_router() ? router_->vectors : anchors_;
  std::array<float, kBlockVectors> steps{};
  const auto products = vectors.Multiply(queries, steps);
  for (std::size_t q = 0; q < queries.rows(); ++q) {
    const float norm = NormInSteps(queries.row(q), steps[q]);
    const float* const product = &products[q * vectors.gemm.columns()];
    float* const out = &keys[q * cells];
    for (std::size_t c = 0; c < cells; ++c) {
      out[c] = product[c] * scales_.reaches[c] + scales_.offsets[c] * norm;
    }
  }
}

void PartitionProjection::NearestCells(MatrixView<const float> queries,
                                       std::size_t count,
                                       std::span<Code> nearest) const {
  const std::size_t cells = spec().num_buckets();
  assert(count <= cells);
  assert(nearest.size() == queries.rows() * count);
  thread_local std::vector<float> keys;
  for (std::size_t first = 0; first < queries.rows(); first += kBlockVectors) {
    const std::size_t rows = std::min(kBlockVectors, queries.rows() - first);
    keys.resize(rows * cells);
    CellKeysOfBlock(queries.Rows(first, rows), keys);
    for (std::size_t q = 0; q < rows; ++q) {
      PlacesOfLargest(std::span<const float>(keys).subspan(q * cells, cells),
                      nearest.subspan((first + q) * count, count));
    }
  }
}

}  // namespace mongoose
