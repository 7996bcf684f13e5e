#include "core/index/tables_judge.h"

#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

namespace mongoose {
namespace {

TEST(LevelCutTest, IsTheLargestCutWithinTheMean) {
  const std::vector<std::size_t> kept = {10, 4, 0, 2};  // mean 4
  EXPECT_EQ(LevelCut(kept, 4), 10U);
  EXPECT_EQ(LevelCut(kept, 100), 10U);
  EXPECT_EQ(LevelCut(kept, 3.75), 9U);
  EXPECT_EQ(LevelCut(kept, 2.5), 4U);  // 4 + 4 + 0 + 2
  EXPECT_EQ(LevelCut(kept, 2.49), 3U);
  EXPECT_EQ(LevelCut(kept, 1.5), 2U);
}

TEST(LevelCutTest, IsNeverBelowOne) {
  EXPECT_EQ(LevelCut(std::vector<std::size_t>{5, 5}, 0), 1U);
  EXPECT_EQ(LevelCut(std::vector<std::size_t>{0, 0}, 0), 1U);
}

}  // namespace
}  // namespace mongoose
