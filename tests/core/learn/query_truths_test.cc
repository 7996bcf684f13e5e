#include "core/learn/query_truths.h"

#include <numeric>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mongoose {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr std::size_t kMaxRows = 4;

// Adds the query {n, -n}, which wants the rows n and n + 1.
void AddNumber(QueryTruths& truths, RowId n) {
  const auto value = static_cast<float>(n);
  truths.Add(std::vector<float>{value, -value}, std::vector<RowId>{n, n + 1});
}

TEST(QueryTruthsTest, IsEmptyAtFirst) {
  const QueryTruths truths(2, 4, kMaxRows);
  EXPECT_EQ(truths.size(), 0U);
  EXPECT_EQ(truths.num_added(), 0U);
  EXPECT_EQ(truths.queries().rows(), 0U);
  EXPECT_TRUE(truths.all_rows().empty());
}

TEST(QueryTruthsTest, KeepsQueriesAndTheirRowsInOrder) {
  QueryTruths truths(2, 4, kMaxRows);
  AddNumber(truths, 3);
  AddNumber(truths, 5);
  EXPECT_EQ(truths.size(), 2U);
  EXPECT_EQ(truths.queries().cols(), 2U);
  EXPECT_THAT(truths.queries().row(0), ElementsAre(3, -3));
  EXPECT_THAT(truths.queries().row(1), ElementsAre(5, -5));
  EXPECT_THAT(truths.rows(1).first(2), ElementsAre(5, 6));
  EXPECT_EQ(truths.all_rows().size(), 2 * kMaxRows);
}

TEST(QueryTruthsTest, NoRowStandsAfterTheLast) {
  QueryTruths truths(2, 4, kMaxRows);
  AddNumber(truths, 3);
  EXPECT_THAT(truths.rows(0).subspan(2), Each(kNoRow));
  truths.Add(std::vector<float>{0, 0}, {});
  EXPECT_THAT(truths.rows(1), Each(kNoRow));
}

TEST(QueryTruthsTest, KeepsTheFirstRowsOfMany) {
  std::vector<RowId> rows(kMaxRows + 5);
  std::iota(rows.begin(), rows.end(), RowId{100});
  QueryTruths truths(2, 4, kMaxRows);
  truths.Add(std::vector<float>{1, 2}, rows);
  rows.resize(kMaxRows);
  EXPECT_THAT(truths.rows(0), ::testing::ElementsAreArray(rows));
}

TEST(QueryTruthsTest, ANewQueryTakesThePlaceOfTheOldest) {
  QueryTruths truths(2, 3, kMaxRows);
  for (RowId n = 0; n < 8; ++n) AddNumber(truths, n);
  EXPECT_EQ(truths.size(), 3U);
  EXPECT_EQ(truths.num_added(), 8U);
  std::vector<RowId> first;
  for (std::size_t i = 0; i < 3; ++i) {
    first.push_back(truths.rows(i)[0]);
    EXPECT_EQ(truths.queries().row(i)[0], static_cast<float>(first.back()));
  }
  EXPECT_THAT(first, ::testing::UnorderedElementsAre(5, 6, 7));
}

TEST(QueryTruthsTest, NothingIsLeftOfTheQueryThatWasReplaced) {
  QueryTruths truths(2, 1, kMaxRows);
  truths.Add(std::vector<float>{1, 2}, std::vector<RowId>{1, 2, 3, 4});
  truths.Add(std::vector<float>{3, 4}, std::vector<RowId>{9});
  EXPECT_EQ(truths.rows(0)[0], 9U);
  EXPECT_THAT(truths.rows(0).subspan(1), Each(kNoRow));
}

}  // namespace
}  // namespace mongoose
