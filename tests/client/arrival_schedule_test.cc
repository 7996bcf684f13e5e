#include "client/arrival_schedule.h"

#include <cmath>

#include <gtest/gtest.h>

namespace mongoose::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

TEST(ArrivalScheduleTest, OpenLoopCallsAreDueAtFixedTimes) {
  const auto start = steady_clock::now();
  ArrivalSchedule schedule(200, start, start + seconds(60));
  for (int i = 0; i < 5; ++i) {
    const auto arrival = schedule.Next({});
    ASSERT_TRUE(arrival.has_value());
    EXPECT_EQ(arrival->due, start + milliseconds(5 * i));
    EXPECT_GE(steady_clock::now(), arrival->due);
  }
}

TEST(ArrivalScheduleTest, CallsOfThePastAreLateAndKeepTheirTime) {
  const auto start = steady_clock::now() - seconds(10);
  ArrivalSchedule schedule(10, start, start + seconds(60));
  for (int i = 0; i < 3; ++i) {
    const auto arrival = schedule.Next({});
    ASSERT_TRUE(arrival.has_value());
    EXPECT_TRUE(arrival->is_late);
    EXPECT_EQ(arrival->due, start + milliseconds(100 * i));
  }
}

TEST(ArrivalScheduleTest, ClosedLoopCallsAreDueWhenAskedFor) {
  const auto start = steady_clock::now();
  ArrivalSchedule schedule(0, start, start + seconds(60));
  const auto arrival = schedule.Next({});
  ASSERT_TRUE(arrival.has_value());
  EXPECT_FALSE(arrival->is_late);
  EXPECT_LE(steady_clock::now() - arrival->due, seconds(10));
  EXPECT_EQ(schedule.NumDue(start + seconds(60)), 0U);
}

TEST(ArrivalScheduleTest, NothingIsDueAfterTheEndOrAStop) {
  const auto now = steady_clock::now();
  ArrivalSchedule over(1000, now - seconds(2), now - seconds(1));
  EXPECT_FALSE(over.Next({}).has_value());
  std::stop_source stop;
  stop.request_stop();
  ArrivalSchedule stopped(1, now + seconds(30), now + seconds(60));
  EXPECT_FALSE(stopped.Next(stop.get_token()).has_value());
}

TEST(ArrivalScheduleTest, NumDueCountsCallsBeforeTheTime) {
  const auto start = steady_clock::now();
  for (const double rate : {0.7, 3.0, 10.0, 333.3, 1e6}) {
    const ArrivalSchedule schedule(rate, start, start + seconds(60));
    EXPECT_EQ(schedule.NumDue(start), 0U);
    EXPECT_EQ(schedule.NumDue(start + std::chrono::nanoseconds(1)), 1U);
    EXPECT_EQ(schedule.NumDue(start + seconds(10)),
              static_cast<std::uint64_t>(std::ceil(10 * rate)));
  }
}

}  // namespace
}  // namespace mongoose::client
