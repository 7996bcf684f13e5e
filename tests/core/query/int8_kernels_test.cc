#include "core/query/int8_kernels.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash/code_matrix.h"
#include "core/hash/integer_gemm.h"
#include "tests/support/matrix.h"
#include "tests/support/partition.h"
#include "tests/support/simd_targets.h"

namespace mongoose {
namespace {

using test_support::ForEachSimdTarget;
using test_support::Matrix;
using Found = std::vector<std::pair<RowId, float>>;

// Rows of one cell.
CellRows OneCell(const Matrix& rows) {
  return {CodeMatrix(rows.rows, 1), 1, *test_support::FreezeMatrix(rows)};
}

// What ScanTile appends to each of `num_cursors` cursors of one query.
std::vector<Found> Scan(const CellRows& rows, std::span<const float> query,
                        float limit, std::size_t num_cursors = 1) {
  const Int8Queries queries(rows.stride(), {query, 1, query.size()});
  const std::size_t room = rows.num_rows() + 2 * CellRows::kTileRows;
  std::vector<float> keys(room * num_cursors);
  std::vector<RowId> ids(room * num_cursors);
  std::vector<NearCursor> cursors;
  for (std::size_t i = 0; i < num_cursors; ++i) {
    cursors.push_back({.limit = limit,
                       .keys_end = &keys[i * room],
                       .rows_end = &ids[i * room]});
  }
  rows.ForEachTile(
      0, [&](const CellRows::Tile& tile) { ScanTile(tile, queries, cursors); });
  std::vector<Found> found(num_cursors);
  for (std::size_t i = 0; i < num_cursors; ++i) {
    EXPECT_EQ(cursors[i].keys_end - keys.data(),
              cursors[i].rows_end - ids.data());
    for (std::size_t at = i * room; &keys[at] != cursors[i].keys_end; ++at) {
      found[i].emplace_back(ids[at], keys[at]);
    }
    std::ranges::sort(found[i]);
  }
  return found;
}

// Row i is (i, 127): its step is 1 and its product with (127, 0) is 127 i.
Matrix Ladder(std::size_t size) {
  Matrix rows(size, 2, 127.0F);
  for (std::size_t i = 0; i < size; ++i) {
    rows.row(i)[0] = static_cast<float>(i);
  }
  return rows;
}

TEST(ScanTileTest, AppendsTheRowsAboveTheLimitOnly) {
  const CellRows rows = OneCell(Ladder(37));
  const std::vector<float> query = {127, 0};
  ForEachSimdTarget([&] {
    EXPECT_EQ(Scan(rows, query, 127.0F * 33)[0],
              (Found{{34, 127.0F * 34}, {35, 127.0F * 35}, {36, 127.0F * 36}}));
    EXPECT_EQ(Scan(rows, query, -1.0F)[0].size(), 37U);
    EXPECT_TRUE(Scan(rows, query, 127.0F * 36)[0].empty());
  });
}

TEST(ScanTileTest, EveryNumberOfCursorsIsServedAlike) {
  const CellRows rows = OneCell(Ladder(20));
  const std::vector<float> query = {127, -1};
  const Found alone = Scan(rows, query, 500.0F)[0];
  ASSERT_EQ(alone.size(), 15U);
  for (std::size_t cursors = 0; cursors <= 25; ++cursors) {
    ForEachSimdTarget([&] {
      ASSERT_EQ(Scan(rows, query, 500.0F, cursors),
                std::vector<Found>(cursors, alone));
    });
  }
}

TEST(ScanTileTest, LargestSumsAreExact) {
  for (const std::size_t cols : {1U, 16U, 1040U, 1041U, 4097U}) {
    Matrix values(2, cols, 5.0F);
    std::ranges::fill(values.row(1), -5.0F);
    const CellRows rows = OneCell(values);
    const auto amplitude = static_cast<float>(IntegerGemm::Amplitude(cols));
    const float key =
        static_cast<float>(cols) * amplitude * amplitude * (5.0F / amplitude);
    ForEachSimdTarget([&] {
      EXPECT_EQ(Scan(rows, values.row(0), -1e9F)[0],
                (Found{{0, key}, {1, -key}}));
    });
  }
}

TEST(Int8QueriesTest, KeepsEachQueryInAllItsForms) {
  const std::vector<float> values = {4, -127, 0, 63.5F, 1, -1, 1, 0, 0, 0};
  const Int8Queries queries(16, {values, 2, 5});
  ASSERT_EQ(queries.size(), 2U);
  EXPECT_EQ(queries.step(0), 1.0F);
  EXPECT_EQ(queries.sum(0), 4 - 127 + 64 + 1);
  EXPECT_EQ(queries.sum(1), 0);
  EXPECT_EQ(queries.words(0)[0], 0x40008104);  // 64, 0, -127, 4
  EXPECT_EQ(queries.words(1)[0], 0x00007F81);
  EXPECT_EQ(queries.floats(0)[1], -127.0F);
  EXPECT_EQ(queries.floats(1)[1], 127.0F);
  EXPECT_EQ(
      std::accumulate(queries.floats(1) + 2, queries.floats(1) + 16, 0.0F),
      0.0F);
}

}  // namespace
}  // namespace mongoose
