#include "core/table/table_builder.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/codes.h"
#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"

namespace mongoose {
namespace {

using test_support::RandomCodes;
using test_support::RandomIds;
using test_support::SetRandomRow;

struct Shape {
  std::size_t rows, tables, bits;
};
constexpr Shape kShapes[] = {{0, 3, 4},     {1, 1, 1},      {1, 5, 16},
                             {15, 2, 1},    {64, 17, 3},    {65, 16, 6},
                             {1000, 33, 9}, {3001, 4, 12},  {65536, 2, 5},
                             {65537, 2, 9}, {140000, 3, 12}};

class TableBuilderTest : public ::testing::TestWithParam<Shape> {
 protected:
  // Re-draws the codes of `count` random rows and compares both ways.
  void ExpectUpdateEqualsBuild(std::size_t count) {
    const auto [rows, tables, bits] = GetParam();
    const CodeMatrix before = RandomCodes(rows, tables, bits, rng_);
    CodeMatrix after = before;
    std::vector<RowId> changed = RandomIds(rows, std::min(count, rows), rng_);
    for (const RowId row : changed) SetRandomRow(after, row, bits, rng_);
    std::ranges::sort(changed);
    const std::size_t buckets = std::size_t{1} << bits;
    const Tables built = BuildTables(before, buckets, pool_);
    EXPECT_EQ(UpdateTables(built, before, after, changed, pool_),
              BuildTables(after, buckets, pool_));
  }
  CounterRng rng_{GetParam().rows, GetParam().bits};
  WorkerPool pool_{1};
};

TEST_P(TableBuilderTest, BucketsHoldTheRowsOfTheirCodeAscending) {
  const auto [rows, num_tables, bits] = GetParam();
  const CodeMatrix codes = RandomCodes(rows, num_tables, bits, rng_);
  const Tables tables = BuildTables(codes, std::size_t{1} << bits, pool_);
  ASSERT_EQ(tables.size(), num_tables);
  const auto naive = naive::BuildTables(codes);
  for (std::size_t t = 0; t < num_tables; ++t) {
    for (std::size_t c = 0; c < std::size_t{1} << bits; ++c) {
      const auto it = naive[t].find(static_cast<Code>(c));
      ASSERT_EQ(tables.BucketRows(t, static_cast<Code>(c)),
                it == naive[t].end() ? std::vector<RowId>() : it->second);
    }
  }
}

TEST_P(TableBuilderTest, UpdatingEqualsBuildingAnew) {
  for (const std::size_t count : {0, 1, 2, 10, 40, 300, 100000}) {
    SCOPED_TRACE(count);
    ExpectUpdateEqualsBuild(count);
  }
}

TEST_P(TableBuilderTest, ThreadsDoNotChangeTheTables) {
  const auto [rows, num_tables, bits] = GetParam();
  const CodeMatrix codes = RandomCodes(rows, num_tables, bits, rng_);
  WorkerPool alone(0);
  WorkerPool three(3);
  EXPECT_EQ(BuildTables(codes, std::size_t{1} << bits, alone),
            BuildTables(codes, std::size_t{1} << bits, three));
}

INSTANTIATE_TEST_SUITE_P(Shapes, TableBuilderTest,
                         ::testing::ValuesIn(kShapes));

class UpdateTablesTest : public ::testing::Test {
 protected:
  CounterRng rng_{1, 2};
  WorkerPool pool_{0};
  const CodeMatrix before_ = RandomCodes(500, 6, 5, rng_);
  const Tables built_ = BuildTables(before_, 32, pool_);
};

TEST_F(UpdateTablesTest, SharesTheTablesThatDidNotChange) {
  CodeMatrix after = before_;
  after.mutable_row(7)[2] ^= 1;
  const std::vector<RowId> rows = {3, 7, 9};
  const Tables updated = UpdateTables(built_, before_, after, rows, pool_);
  for (std::size_t t = 0; t < 6; ++t) {
    EXPECT_EQ(updated.Share(0, t) == built_.Share(0, t), t != 2);
  }
}

TEST_F(UpdateTablesTest, AllRowsMayMoveIntoOneBucketAndBack) {
  CodeMatrix same(500, 6);
  const auto ids = test_support::AllIds(500);
  const Tables squeezed = UpdateTables(built_, before_, same, ids, pool_);
  EXPECT_EQ(squeezed, BuildTables(same, 32, pool_));
  EXPECT_EQ(squeezed.BucketRows(0, 0).size(), 500U);
  EXPECT_EQ(UpdateTables(squeezed, same, before_, ids, pool_), built_);
}

TEST_F(UpdateTablesTest, ALongStreamOfUpdatesEndsInTheTablesOfTheLastCodes) {
  CodeMatrix codes = before_;
  Tables tables = built_;
  for (int step = 0; step < 60; ++step) {
    const CodeMatrix old = codes;
    auto rows = RandomIds(500, rng_.NextBelow(60), rng_);
    for (const RowId row : rows) SetRandomRow(codes, row, 5, rng_);
    std::ranges::sort(rows);
    tables = UpdateTables(tables, old, codes, rows, pool_);
  }
  EXPECT_EQ(tables, BuildTables(codes, 32, pool_));
}

TEST_F(UpdateTablesTest, TheOldTablesStayAsTheyWere) {
  CodeMatrix after = before_;
  for (RowId row = 0; row < 20; ++row) SetRandomRow(after, row, 5, rng_);
  const auto rows = test_support::AllIds(20);
  UpdateTables(built_, before_, after, rows, pool_);
  EXPECT_EQ(built_, BuildTables(before_, 32, pool_));
}

TEST_F(UpdateTablesTest, TakeTheSameMemoryAsTablesBuiltAnew) {
  CodeMatrix after = before_;
  SetRandomRow(after, 3, 5, rng_);
  const std::vector<RowId> rows = {3};
  EXPECT_EQ(UpdateTables(built_, before_, after, rows, pool_).bytes(),
            built_.bytes());
}

}  // namespace
}  // namespace mongoose
