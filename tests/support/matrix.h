// Matrices for tests.
#ifndef MONGOOSE_TESTS_SUPPORT_MATRIX_H_
#define MONGOOSE_TESTS_SUPPORT_MATRIX_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

#include "core/base/bfloat16.h"
#include "core/base/counter_rng.h"
#include "core/base/frozen_rows.h"
#include "core/base/matrix_view.h"
#include "core/base/row_id.h"

namespace mongoose::test_support {

// Owns what a MatrixView shows, [rows, cols].
struct Matrix {
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::vector<float> values;

  Matrix() = default;
  Matrix(std::size_t num_rows, std::size_t num_cols, float value = 0)
      : rows(num_rows), cols(num_cols), values(num_rows * num_cols, value) {}

  std::span<float> row(std::size_t i) {
    return std::span(values).subspan(i * cols, cols);
  }
  std::span<const float> row(std::size_t i) const {
    return std::span(values).subspan(i * cols, cols);
  }
  MatrixView<const float> view() const { return {values, rows, cols}; }
};

inline Matrix GaussianMatrix(std::size_t rows, std::size_t cols,
                             std::uint64_t seed) {
  Matrix out(rows, cols);
  CounterRng rng(seed, 1000);
  for (float& v : out.values) v = static_cast<float>(rng.NextGaussian());
  return out;
}

// Whole numbers in [-max, max]: sums of their products are exact in fp32.
inline Matrix IntegerMatrix(std::size_t rows, std::size_t cols,
                            std::uint64_t seed, std::uint32_t max = 8) {
  Matrix out(rows, cols);
  CounterRng rng(seed, 1001);
  for (float& v : out.values) {
    v = static_cast<float>(rng.NextBelow(2 * max + 1)) -
        static_cast<float>(max);
  }
  return out;
}

// 0, 1, ..., count - 1.
inline std::vector<RowId> AllIds(std::size_t count) {
  std::vector<RowId> ids(count);
  std::iota(ids.begin(), ids.end(), RowId{0});
  return ids;
}

// `count` distinct ids below num_rows, in random order.
inline std::vector<RowId> RandomIds(std::size_t num_rows, std::size_t count,
                                    CounterRng& rng) {
  std::vector<RowId> ids = AllIds(num_rows);
  for (std::size_t i = 0; i < count; ++i) {
    const auto left = static_cast<std::uint32_t>(num_rows - i);
    std::swap(ids[i], ids[i + rng.NextBelow(left)]);
  }
  ids.resize(count);
  return ids;
}

inline std::shared_ptr<const FrozenRows> FreezeMatrix(
    const Matrix& matrix, RowType type = RowType::kFloat32) {
  const RowLayout layout{
      .num_rows = matrix.rows, .cols = matrix.cols, .type = type};
  std::vector<std::shared_ptr<const RowBlock>> blocks;
  for (std::size_t i = 0; i < layout.num_blocks(); ++i) {
    auto block = std::make_shared<RowBlock>();
    block->fp32.resize(RowLayout::kRowsPerBlock * layout.stride(), 0.0F);
    for (std::size_t r = 0; r < RowLayout::kRowsPerBlock; ++r) {
      const std::size_t row = i * RowLayout::kRowsPerBlock + r;
      if (row >= matrix.rows) break;
      std::ranges::copy(matrix.row(row), &block->fp32[r * layout.stride()]);
    }
    if (type == RowType::kBfloat16) {
      block->bf16.resize(block->fp32.size());
      std::ranges::transform(block->fp32, block->bf16.begin(), ToBfloat16);
      block->fp32.clear();
    }
    blocks.push_back(std::move(block));
  }
  return std::make_shared<const FrozenRows>(layout, std::move(blocks));
}

// The first rows of `rows` as floats.
inline Matrix Thaw(const FrozenRows& rows) {
  Matrix out(rows.layout().num_rows, rows.layout().cols);
  for (std::size_t i = 0; i < out.rows; ++i) {
    rows.CopyRow(static_cast<RowId>(i), out.row(i));
  }
  return out;
}

// Mean and standard error of a sample.
struct Estimate {
  double mean = 0;
  double standard_error = 0;
};
inline Estimate EstimateMean(std::span<const double> sample) {
  const auto n = static_cast<double>(sample.size());
  const double mean = std::accumulate(sample.begin(), sample.end(), 0.0) / n;
  double squares = 0;
  for (const double v : sample) squares += (v - mean) * (v - mean);
  return {.mean = mean, .standard_error = std::sqrt(squares / (n - 1) / n)};
}

// A vector whose angle to unit-like `x` is `angle`, from a second direction.
inline std::vector<float> TurnedBy(std::span<const float> x,
                                   std::span<const float> other, double angle) {
  double xx = 0;
  double xo = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += double{x[i]} * double{x[i]};
    xo += double{x[i]} * double{other[i]};
  }
  std::vector<double> across(x.size());
  double aa = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    across[i] = double{other[i]} - xo / xx * double{x[i]};
    aa += across[i] * across[i];
  }
  std::vector<float> out(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    out[i] =
        static_cast<float>(std::cos(angle) * double{x[i]} +
                           std::sin(angle) * across[i] * std::sqrt(xx / aa));
  }
  return out;
}

}  // namespace mongoose::test_support

#endif  // MONGOOSE_TESTS_SUPPORT_MATRIX_H_
