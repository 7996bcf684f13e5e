#include "core/query/cell_scan.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/codes.h"
#include "tests/support/matrix.h"
#include "tests/support/partition.h"
#include "tests/support/simd_targets.h"

namespace mongoose {
namespace {

using test_support::AllIds;
using test_support::ForEachSimdTarget;
using test_support::GaussianMatrix;
using test_support::Matrix;
using test_support::RoundedVector;
using test_support::StoredRow;
using Pair = std::pair<float, RowId>;  // minus the key, row

constexpr std::size_t kQueries = 300;
static_assert(kQueries > 2 * kBlockVectors && kQueries > 256);

struct Shape {
  std::size_t rows, cols, bits;
};

class CellScanTest : public ::testing::TestWithParam<Shape> {
 protected:
  // Each row stands there up to eight times, in several cells.
  static Matrix RowsWithTies() {
    const auto [num_rows, cols, bits] = GetParam();
    const Matrix distinct = GaussianMatrix(num_rows / 8 + 1, cols, 1);
    Matrix rows(num_rows, cols);
    for (std::size_t i = 0; i < num_rows; ++i) {
      std::ranges::copy(distinct.row(i % distinct.rows), rows.row(i).begin());
    }
    return rows;
  }
  // In random cells, and moved about so that ids do not ascend in them.
  static CellRows MakeCellRows(const HashSpec& spec) {
    const auto [num_rows, cols, bits] = GetParam();
    const Matrix rows = RowsWithTies();
    CounterRng rng(1, 0);
    CodeMatrix codes = test_support::RandomCodes(num_rows, 1, bits, rng);
    CellRows out(codes, spec.num_buckets(), *test_support::FreezeMatrix(rows));
    for (const RowId row : test_support::RandomIds(num_rows, num_rows, rng)) {
      const Code from = codes.row(row)[0];
      test_support::SetRandomRow(codes, row, bits, rng);
      out.Set(row, from, codes.row(row)[0], rows.row(row));
    }
    return out;
  }
  std::vector<Code> NearestCells(std::size_t query, std::size_t count) const {
    std::vector<Code> cells(count);
    partition_.NearestCells(queries_.view().Rows(query, 1), count, cells);
    return cells;
  }
  // The nearest rows of one query by the plainest way, sorted.
  std::vector<Pair> NaiveNearest(std::size_t query, std::size_t num_cells,
                                 std::size_t count) const {
    const RoundedVector rounded(queries_.row(query));
    std::vector<Pair> pairs;
    for (const Code cell : NearestCells(query, num_cells)) {
      for (const StoredRow& row : stored_[cell]) {
        int sum = 0;
        for (std::size_t c = 0; c < rounded.numbers.size(); ++c) {
          sum += row.values[c] * rounded.numbers[c];
        }
        pairs.emplace_back(-(static_cast<float>(sum) * row.step), row.id);
      }
    }
    std::ranges::sort(pairs);
    pairs.resize(std::min(count, pairs.size()));
    return pairs;
  }
  static std::vector<Pair> Found(const CellScan& scan, std::size_t query) {
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < scan.nearest(query).size(); ++i) {
      pairs.emplace_back(-scan.keys(query)[i], scan.nearest(query)[i]);
    }
    std::ranges::sort(pairs);
    return pairs;
  }
  CellScan Scan(std::size_t first, std::size_t num_queries,
                std::size_t num_cells, std::size_t count) const {
    return {partition_, rows_, queries_.view().Rows(first, num_queries),
            num_cells, count};
  }
  std::vector<std::vector<StoredRow>> ReadCells() const {
    std::vector<std::vector<StoredRow>> cells;
    for (std::size_t cell = 0; cell < rows_.num_cells(); ++cell) {
      cells.push_back(test_support::ReadCell(rows_, cell));
    }
    return cells;
  }

  const HashSpec spec_ =
      test_support::PartitionSpec(GetParam().cols, GetParam().bits);
  const PartitionProjection partition_{spec_,
                                       test_support::RandomCells(spec_, 1)};
  const CellRows rows_ = MakeCellRows(spec_);
  const std::vector<std::vector<StoredRow>> stored_ = ReadCells();
  const Matrix queries_ = GaussianMatrix(kQueries, GetParam().cols, 2);
};

TEST_P(CellScanTest, FindsTheNearestRowsOfTheNearestCellsOnEveryTarget) {
  for (const std::size_t num_cells :
       {std::size_t{1}, std::size_t{5}, spec_.num_buckets()}) {
    for (const std::size_t count : {1U, 10U, 100U, 5000U}) {
      std::vector<std::vector<Pair>> expected;
      for (std::size_t q = 0; q < 13; ++q) {
        expected.push_back(NaiveNearest(q, num_cells, count));
      }
      ForEachSimdTarget([&] {
        const CellScan scan = Scan(0, expected.size(), num_cells, count);
        for (std::size_t q = 0; q < expected.size(); ++q) {
          ASSERT_EQ(Found(scan, q), expected[q]) << num_cells << ' ' << count;
        }
      });
    }
  }
}

TEST_P(CellScanTest, AQueryAloneIsAnsweredAsInALargeBatch) {
  for (const std::size_t num_cells : {std::size_t{4}, spec_.num_buckets()}) {
    const CellScan batch = Scan(0, kQueries, num_cells, 20);
    for (std::size_t q = 0; q < kQueries; ++q) {
      const CellScan alone = Scan(q, 1, num_cells, 20);
      ASSERT_EQ(Found(alone, 0), Found(batch, q));
      ASSERT_EQ(alone.num_scored(0), batch.num_scored(q));
    }
  }
}

TEST_P(CellScanTest, EveryBatchSizeGivesTheSameAnswers) {
  const CellScan all = Scan(0, 20, spec_.num_buckets(), 9);
  for (std::size_t size = 1; size < 20; ++size) {
    const CellScan scan = Scan(20 - size, size, spec_.num_buckets(), 9);
    for (std::size_t q = 0; q < size; ++q) {
      ASSERT_EQ(Found(scan, q), Found(all, 20 - size + q)) << size;
    }
  }
}

TEST_P(CellScanTest, ScoresTheRowsOfTheNearestCells) {
  for (const std::size_t num_cells : {1U, 7U, 16U}) {
    const CellScan scan = Scan(0, 9, num_cells, 3);
    for (std::size_t q = 0; q < 9; ++q) {
      std::size_t expected = 0;
      for (const Code cell : NearestCells(q, num_cells)) {
        expected += rows_.cell_size(cell);
      }
      EXPECT_EQ(scan.num_scored(q), expected);
    }
  }
}

TEST_P(CellScanTest, FindsEveryRowOnceWhenMoreAreWanted) {
  const CellScan scan = Scan(0, 3, spec_.num_buckets(), std::size_t{1} << 20);
  for (std::size_t q = 0; q < 3; ++q) {
    std::vector<RowId> found(scan.nearest(q).begin(), scan.nearest(q).end());
    std::ranges::sort(found);
    EXPECT_EQ(found, AllIds(GetParam().rows));
    EXPECT_EQ(scan.num_scored(q), GetParam().rows);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, CellScanTest,
                         ::testing::Values(Shape{1, 1, 4}, Shape{17, 5, 4},
                                           Shape{300, 129, 6},
                                           Shape{3000, 16, 4},
                                           Shape{2000, 64, 8},
                                           Shape{400, 1100, 5}));

// With a hot list of every seventh row.
class HotCellScanTest : public CellScanTest {
 protected:
  static std::vector<RowId> EverySeventh() {
    std::vector<RowId> rows;
    for (RowId row = 0; row < GetParam().rows; row += 7) rows.push_back(row);
    return rows;
  }
  CellScan ScanHot(std::size_t num_cells, std::size_t count) const {
    return {partition_, with_hot_, queries_.view().Rows(0, kNumHot), num_cells,
            count};
  }
  // The hot list and the rows of the query's nearest cells, ascending.
  std::vector<RowId> Proposed(std::size_t query, std::size_t num_cells) const {
    const std::vector<Code> near = NearestCells(query, num_cells);
    std::vector<RowId> rows;
    for (RowId row = 0; row < GetParam().rows; ++row) {
      if (row % 7 == 0 || std::ranges::count(near, codes_.row(row)[0]) > 0) {
        rows.push_back(row);
      }
    }
    return rows;
  }

  static constexpr std::size_t kNumHot = 9;  // queries
  const CodeMatrix codes_ =
      test_support::RandomCodes(GetParam().rows, 1, GetParam().bits, 7);
  const CellRows with_hot_{codes_, spec_.num_buckets(),
                           *test_support::FreezeMatrix(RowsWithTies()),
                           EverySeventh()};
};

TEST_P(HotCellScanTest, ScoresTheHotListAndTheNearestCellsOnce) {
  for (const std::size_t num_cells :
       {std::size_t{1}, std::size_t{5}, spec_.num_buckets()}) {
    const CellScan scan = ScanHot(num_cells, std::size_t{1} << 20);
    for (std::size_t q = 0; q < kNumHot; ++q) {
      std::vector<RowId> found(scan.nearest(q).begin(), scan.nearest(q).end());
      std::ranges::sort(found);
      ASSERT_EQ(found, Proposed(q, num_cells)) << num_cells;
      ASSERT_EQ(scan.num_scored(q), found.size());
    }
  }
}

TEST_P(HotCellScanTest, KeepsTheNearestOfTheHotListAndTheCells) {
  for (const std::size_t num_cells : {1U, 5U}) {
    const CellScan all = ScanHot(num_cells, std::size_t{1} << 20);
    for (const std::size_t count : {1U, 10U, 100U}) {
      const CellScan scan = ScanHot(num_cells, count);
      for (std::size_t q = 0; q < kNumHot; ++q) {
        std::vector<Pair> expected = Found(all, q);
        expected.resize(std::min(count, expected.size()));
        ASSERT_EQ(Found(scan, q), expected) << num_cells << ' ' << count;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, HotCellScanTest,
                         ::testing::Values(Shape{1, 1, 4}, Shape{17, 5, 4},
                                           Shape{300, 129, 6},
                                           Shape{3000, 16, 4}));

// All rows equal: the order in which they are met must not matter.
TEST(CellScanTiesTest, OfEqualRowsTheSmallestIdsAreFound) {
  const HashSpec spec = test_support::PartitionSpec(8, 4);
  const PartitionProjection partition(spec, test_support::RandomCells(spec, 1));
  const Matrix rows(3000, 8, 1.0F);
  CodeMatrix codes(rows.rows, 1);
  for (std::size_t i = 0; i < rows.rows; ++i) {
    codes.mutable_row(i)[0] = static_cast<Code>(15 - i / 200);
  }
  const CellRows cells(codes, 16, *test_support::FreezeMatrix(rows));
  for (const float value : {1.0F, 0.0F, -1.0F}) {
    const Matrix query(1, 8, value);
    ForEachSimdTarget([&] {
      const CellScan scan(partition, cells, query.view(), 16, 50);
      std::vector<RowId> found(scan.nearest(0).begin(), scan.nearest(0).end());
      std::ranges::sort(found);
      ASSERT_EQ(found, AllIds(50));
    });
  }
}

}  // namespace
}  // namespace mongoose
