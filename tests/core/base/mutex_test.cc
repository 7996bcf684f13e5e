#include "core/base/mutex.h"

#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/cancel_token.h"
#include "core/base/clock.h"

namespace mongoose {
namespace {

TEST(MutexTest, LetsOneThreadInAtATime) {
  Mutex mu;
  int count = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 1000; ++k) {
          MutexLock lock(mu);
          ++count;
        }
      });
    }
  }
  EXPECT_EQ(count, 4000);
}

TEST(CondVarTest, GivesUpAtItsDeadline) {
  Mutex mu;
  CondVar changed;
  MutexLock lock(mu);
  EXPECT_FALSE(changed.WaitUntil(mu, std::chrono::steady_clock::now()));
}

TEST(CondVarTest, WakesTheWaiterWithTheMutexHeld) {
  Mutex mu;
  CondVar changed;
  bool ready = false;
  std::jthread other([&] {
    MutexLock lock(mu);
    ready = true;
    changed.SignalOne();
  });
  MutexLock lock(mu);
  while (!ready) changed.Wait(mu);
  EXPECT_TRUE(ready);
}

TEST(ClockTest, MeasuresSecondsFromAPoint) {
  class FixedClock final : public Clock {
   public:
    TimePoint Now() const override {
      return TimePoint(std::chrono::milliseconds(2500));
    }
  };
  const Clock::TimePoint start(std::chrono::seconds(1));
  EXPECT_DOUBLE_EQ(FixedClock().SecondsSince(start), 1.5);
  EXPECT_GE(SteadyClock().SecondsSince(SteadyClock().Now()), 0.0);
}

TEST(NeverCancelledTest, NeverIs) {
  EXPECT_TRUE(NeverCancelled().Check().ok());
}

}  // namespace
}  // namespace mongoose
