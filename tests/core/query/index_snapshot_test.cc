#include "core/query/index_snapshot.h"

#include <cstddef>
#include <memory>

#include <gtest/gtest.h>

#include "core/base/frozen_rows.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

// Of 64 cells.
class CellsReadTest : public ::testing::Test {
 protected:
  std::size_t CellsRead(std::size_t num_probes, std::ptrdiff_t replaced) {
    snapshot_.cells_replaced = replaced;
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
