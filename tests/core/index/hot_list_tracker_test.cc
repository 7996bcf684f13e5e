#include "core/index/hot_list_tracker.h"

#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mongoose {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(HotListTrackerTest, TakesTheMostCountedRowsAscending) {
  HotListTracker tracker(10);
  tracker.Observe(std::vector<RowId>{9, 9, 9, 4, 4, 1, 1, 1, 1, 7});
  EXPECT_EQ(tracker.observed(), 10U);
  EXPECT_THAT(tracker.TakeTop(2), ElementsAre(1, 9));
  EXPECT_EQ(tracker.observed(), 0U);
}

TEST(HotListTrackerTest, RowsCountedOnceAreNotHot) {
  HotListTracker tracker(10);
  tracker.Observe(std::vector<RowId>{9, 3, 3});
  EXPECT_THAT(tracker.TakeTop(5), ElementsAre(3));
}

TEST(HotListTrackerTest, CountsHalveSoThatTheListFollows) {
  HotListTracker tracker(10);
  tracker.Observe(std::vector<RowId>{5, 5, 5, 5});
  EXPECT_THAT(tracker.TakeTop(1), ElementsAre(5));
  EXPECT_THAT(tracker.TakeTop(1), ElementsAre(5));
  EXPECT_THAT(tracker.TakeTop(1), IsEmpty());
}

TEST(HotListTrackerTest, TiesGoToTheLowerIdAndSizeZeroIsEmpty) {
  HotListTracker tracker(10);
  tracker.Observe(std::vector<RowId>{8, 8, 2, 2, 6, 6});
  EXPECT_THAT(tracker.TakeTop(0), IsEmpty());
  tracker.Observe(std::vector<RowId>{8, 2, 6});
  EXPECT_THAT(tracker.TakeTop(2), ElementsAre(2, 6));
}

TEST(HotListTrackerTest, CountsFromManyThreadsAtOnce) {
  HotListTracker tracker(4);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&tracker] {
        for (int k = 0; k < 1000; ++k)
          tracker.Observe(std::vector<RowId>{1, 2});
      });
    }
  }
  EXPECT_EQ(tracker.observed(), 8000U);
  EXPECT_THAT(tracker.TakeTop(4), ElementsAre(1, 2));
}

}  // namespace
}  // namespace mongoose
