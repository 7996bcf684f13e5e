#include "core/query/sketch_scan.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/codes.h"
#include "tests/support/simd_targets.h"

namespace mongoose {
namespace {

using test_support::ForEachSimdTarget;
using test_support::RandomCodes;
using Pair = std::pair<std::size_t, RowId>;  // distance, row

// Bit b of the codes one after another.
std::vector<bool> Bits(std::span<const Code> codes, std::size_t bits) {
  std::vector<bool> out;
  for (const Code code : codes) {
    for (std::size_t b = 0; b < bits; ++b) out.push_back((code >> b & 1) != 0);
  }
  return out;
}

struct Shape {
  std::size_t rows, tables, bits, sketch_bits;
};

class SketchScanTest : public ::testing::TestWithParam<Shape> {
 protected:
  // The nearest rows of one query by the plainest way, sorted.
  std::vector<Pair> NaiveNearest(std::span<const Code> query,
                                 std::size_t count) const {
    const auto [rows, tables, bits, sketch_bits] = GetParam();
    const std::vector<bool> mine = Bits(query, bits);
    std::vector<Pair> pairs;
    for (std::size_t row = 0; row < rows; ++row) {
      const std::vector<bool> other = Bits(codes_.row(row), bits);
      std::size_t distance = 0;
      for (std::size_t b = 0; b < sketch_bits; ++b) {
        distance += mine[b] != other[b] ? 1 : 0;
      }
      pairs.emplace_back(distance, static_cast<RowId>(row));
    }
    std::ranges::sort(pairs);
    pairs.resize(std::min(count, pairs.size()));
    return pairs;
  }
  Sketch MakeSketch() const {
    Sketch sketch(GetParam().rows, GetParam().sketch_bits);
    for (std::size_t row = 0; row < GetParam().rows; ++row) {
      sketch.Set(static_cast<RowId>(row), codes_.row(row), GetParam().bits);
    }
    return sketch;
  }
  std::vector<std::uint64_t> PackQueries() const {
    const std::size_t words = GetParam().sketch_bits / 64;
    std::vector<std::uint64_t> packed(queries_.rows() * words);
    for (std::size_t i = 0; i < queries_.rows(); ++i) {
      PackSketch(queries_.row(i), GetParam().bits,
                 std::span(packed).subspan(i * words, words));
    }
    return packed;
  }

  const CodeMatrix codes_ =
      RandomCodes(GetParam().rows, GetParam().tables, GetParam().bits, 1);
  const CodeMatrix queries_ =
      RandomCodes(5, GetParam().tables, GetParam().bits, 2);
};

TEST_P(SketchScanTest, FindsTheNearestRowsOnEveryTarget) {
  const Sketch sketch = MakeSketch();
  const std::vector<std::uint64_t> packed = PackQueries();
  for (const std::size_t count : {1U, 7U, 100U, 5000U}) {
    ForEachSimdTarget([&] {
      const SketchScan scan(sketch, packed, count);
      for (std::size_t q = 0; q < queries_.rows(); ++q) {
        std::vector<Pair> found;
        for (const NearRow& near : scan.nearest(q)) {
          found.emplace_back(near.distance(), near.row());
        }
        std::ranges::sort(found);
        ASSERT_EQ(found, NaiveNearest(queries_.row(q), count));
      }
    });
  }
}

TEST_P(SketchScanTest, AChangedCopyIsTheSketchOfTheChangedCodes) {
  const Sketch before = MakeSketch();
  Sketch after = before;
  const RowId row = static_cast<RowId>(GetParam().rows / 2);
  after.Set(row, queries_.row(0), GetParam().bits);
  const std::vector<std::uint64_t> packed = PackQueries();
  EXPECT_EQ(SketchScan(after, packed, 1).nearest(0)[0].distance(), 0U);
  EXPECT_EQ(SketchScan(before, packed, 1).nearest(0)[0].distance(),
            NaiveNearest(queries_.row(0), 1)[0].first);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, SketchScanTest,
    ::testing::Values(Shape{1, 64, 1, 64}, Shape{17, 8, 16, 128},
                      Shape{1000, 50, 9, 192}, Shape{3000, 26, 10, 256},
                      Shape{2500, 33, 11, 320}, Shape{2500, 64, 6, 384},
                      Shape{2500, 60, 9, 448}, Shape{9000, 74, 7, 512}));

}  // namespace
}  // namespace mongoose
