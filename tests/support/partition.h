// Partitions for tests.
#ifndef MONGOOSE_TESTS_SUPPORT_PARTITION_H_
#define MONGOOSE_TESTS_SUPPORT_PARTITION_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/counter_rng.h"
#include "core/hash/integer_gemm.h"
#include "core/hash/integer_kernels.h"
#include "core/hash/partition_projection.h"
#include "core/table/cell_rows.h"
#include "tests/support/matrix.h"

namespace mongoose::test_support {

inline HashSpec PartitionSpec(std::size_t cols, std::size_t bits) {
  return {.family = HashFamily::kPartition,
          .cols = cols,
          .bits_per_table = bits,
          .num_tables = 1,
          .seed = 1,
          .profile = NumericProfile::kInt8};
}

// Gaussian anchors of lengths that differ up to 4-fold; spreads in (0, 1).
inline PartitionProjection::Cells RandomCells(const HashSpec& spec,
                                              std::uint64_t seed) {
  Matrix anchors = GaussianMatrix(spec.num_buckets(), spec.cols, seed);
  std::vector<float> spreads(spec.num_buckets());
  CounterRng rng(seed, 1002);
  for (std::size_t cell = 0; cell < spreads.size(); ++cell) {
    spreads[cell] = static_cast<float>(rng.NextUniform());
    const auto length = static_cast<float>(0.5 + 1.5 * rng.NextUniform());
    for (float& value : anchors.row(cell)) value *= length;
  }
  return {.anchors = std::move(anchors.values), .spreads = std::move(spreads)};
}

// A vector as whole numbers: value = step * number.
struct RoundedVector {
  std::vector<std::int8_t> numbers;
  float step = 0;

  explicit RoundedVector(std::span<const float> x) : numbers(x.size()) {
    step =
        RoundToAmplitude(x, IntegerGemm::Amplitude(x.size()), numbers.data());
  }
};

// What a CellRows keeps of one row; `values` has the padding too.
struct StoredRow {
  RowId id = 0;
  float step = 0;
  std::vector<int> values;
};

// The rows of a cell, in no order.
inline std::vector<StoredRow> ReadCell(const CellRows& rows, std::size_t cell) {
  std::vector<StoredRow> out;
  rows.ForEachTile(cell, [&](const CellRows::Tile& tile) {
    for (std::size_t lane = 0; lane < CellRows::kTileRows; ++lane) {
      if (tile.steps[lane] != tile.steps[lane]) continue;  // NaN: no row
      StoredRow row{.id = tile.ids[lane], .step = tile.steps[lane]};
      for (std::size_t c = 0; c < rows.stride(); ++c) {
        const auto word = static_cast<std::uint32_t>(
            tile.words[c / 4 * CellRows::kTileRows + lane]);
        row.values.push_back(static_cast<int>(word >> (8 * (c % 4)) & 0xFF) -
                             CellRows::kZero);
      }
      out.push_back(std::move(row));
    }
  });
  return out;
}

}  // namespace mongoose::test_support

#endif  // MONGOOSE_TESTS_SUPPORT_PARTITION_H_
