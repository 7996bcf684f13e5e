#include "core/query/index_snapshot.h"

#include <cstddef>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/frozen_rows.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

// Of 64 cells.
class CellsReadTest : public ::testing::Test {
 protected:
  // With a hot list worth `fewer` cells more, at ten rows each, than are free.
  std::size_t CellsRead(std::size_t num_probes, int fewer) {
    snapshot_.hot_list = std::make_shared<const std::vector<RowId>>(100);
    snapshot_.hot_list_price = {.free_rows = 100.0 - 10 * fewer,
                                .rows_per_cell = 10};
    return snapshot_.CellsRead({.num_probes = num_probes});
  }

  IndexSnapshot snapshot_{
      .cells = std::make_shared<const CellRows>(
          CodeMatrix(1, 1), 64,
          *test_support::FreezeMatrix(test_support::GaussianMatrix(1, 4, 1)))};
};

TEST_F(CellsReadTest, AreThoseThePlanAsksFor) {
  EXPECT_EQ(CellsRead(0, 0), 1U);
  EXPECT_EQ(CellsRead(31, 0), 32U);
}

TEST_F(CellsReadTest, FollowTheHotList) {
  ASSERT_EQ(CellsRead(31, 3), 29U);
  snapshot_.hot_list = std::make_shared<const std::vector<RowId>>(66);
  EXPECT_EQ(snapshot_.CellsRead({.num_probes = 31}), 32U);
  snapshot_.hot_list_price = {};
  EXPECT_EQ(snapshot_.CellsRead({.num_probes = 31}), 32U);
  snapshot_.hot_list = std::make_shared<const std::vector<RowId>>(200);
  EXPECT_EQ(snapshot_.CellsRead({.num_probes = 31}), 32U);
}

TEST_F(CellsReadTest, AreFewerForALongerHotList) {
  EXPECT_EQ(CellsRead(31, 5), 27U);
  EXPECT_EQ(CellsRead(31, -5), 37U);
}

TEST_F(CellsReadTest, AreOneAtLeastAndAllAtMost) {
  EXPECT_EQ(CellsRead(4, 5), 1U);
  EXPECT_EQ(CellsRead(0, 5), 1U);
  EXPECT_EQ(CellsRead(60, -5), 64U);
}

TEST_F(CellsReadTest, APlanForAllCellsReadsThem) {
  EXPECT_EQ(CellsRead(62, 5), 58U);
  EXPECT_EQ(CellsRead(63, 5), 64U);
}

}  // namespace
}  // namespace mongoose
