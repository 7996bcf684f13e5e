#include "core/query/row_bitmap.h"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/counter_rng.h"

namespace mongoose {
namespace {

TEST(RowBitmapTest, IsASetOfRows) {
  constexpr std::uint32_t kRows = 200;
  RowBitmap bitmap(kRows);
  std::set<RowId> model;
  CounterRng rng(1, 0);
  for (int i = 0; i < 1000; ++i) {
    const RowId row = rng.NextBelow(kRows);
    if (rng.NextBelow(3) == 0) {
      bitmap.Erase(row);
      model.erase(row);
    } else {
      EXPECT_EQ(bitmap.Insert(row), model.insert(row).second);
    }
  }
  std::vector<RowId> rows = {7};  // is appended to
  bitmap.AppendAscending(rows);
  EXPECT_EQ(rows.front(), 7U);
  EXPECT_EQ(std::vector<RowId>(rows.begin() + 1, rows.end()),
            std::vector<RowId>(model.begin(), model.end()));
}

TEST(RowRanksTest, CountsTheRowsThatAreSmaller) {
  constexpr std::uint32_t kRows = 300;
  RowBitmap bitmap(kRows);
  std::set<RowId> model;
  CounterRng rng(2, 0);
  for (int i = 0; i < 100; ++i) {
    const RowId row = rng.NextBelow(kRows);
    bitmap.Insert(row);
    model.insert(row);
  }
  const RowRanks ranks(bitmap);
  for (RowId row = 0; row < kRows; ++row) {
    EXPECT_EQ(bitmap.Contains(row), model.contains(row));
    EXPECT_EQ(ranks.Rank(row),
              std::distance(model.begin(), model.lower_bound(row)));
  }
}

TEST(RowBitmapTest, HoldsTheLastRowOfAnySize) {
  for (const std::size_t num_rows : {1, 63, 64, 65, 128}) {
    RowBitmap bitmap(num_rows);
    EXPECT_TRUE(bitmap.Insert(static_cast<RowId>(num_rows - 1)));
    std::vector<RowId> rows;
    bitmap.AppendAscending(rows);
    EXPECT_EQ(rows, std::vector<RowId>{static_cast<RowId>(num_rows - 1)});
  }
}

}  // namespace
}  // namespace mongoose
