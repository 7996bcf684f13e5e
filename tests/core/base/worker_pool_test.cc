#include "core/base/worker_pool.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace mongoose {
namespace {

class WorkerPoolTest : public ::testing::TestWithParam<int> {};

TEST_P(WorkerPoolTest, CallsEveryPartOnceAndItsWorkIsSeenAfterwards) {
  WorkerPool pool(GetParam());
  EXPECT_EQ(pool.num_threads(), GetParam());
  for (const std::size_t count : {0, 1, 2, 3, 100, 1000}) {
    std::vector<int> calls(count, 0);  // not atomic: parts own their place
    pool.ParallelFor(count, [&](std::size_t i) { ++calls[i]; });
    EXPECT_EQ(calls, std::vector<int>(count, 1));
  }
}

TEST_P(WorkerPoolTest, SeveralCallersShareTheThreads) {
  WorkerPool pool(GetParam());
  std::atomic<int> sum{0};
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&] {
        for (int round = 0; round < 50; ++round) {
          pool.ParallelFor(20, [&](std::size_t) { ++sum; });
        }
      });
    }
  }
  EXPECT_EQ(sum, 4 * 50 * 20);
}

TEST_P(WorkerPoolTest, ReturnsOnlyWhenAllPartsHaveReturned) {
  WorkerPool pool(GetParam());
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> running{0};
    pool.ParallelFor(8, [&](std::size_t) {
      ++running;
      std::this_thread::yield();
      --running;
    });
    ASSERT_EQ(running, 0);
  }
}

int NiceOfThisThread() {
  return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
}

TEST(WorkerPoolNiceTest, ItsThreadsStandBackAndTheCallerDoesNot) {
  WorkerPool pool(2, /*nice=*/7);
  const auto caller = std::this_thread::get_id();
  const int nice = NiceOfThisThread();
  std::atomic<bool> helped{false};
  for (int round = 0; round < 100000 && !helped; ++round) {
    pool.ParallelFor(8, [&](std::size_t) {
      const bool is_caller = std::this_thread::get_id() == caller;
      EXPECT_EQ(NiceOfThisThread(), is_caller ? nice : std::min(19, nice + 7));
      if (!is_caller) helped = true;
      std::this_thread::yield();
    });
  }
  EXPECT_TRUE(helped);
}

TEST_P(WorkerPoolTest, CanBeDestroyedUnused) { WorkerPool pool(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Threads, WorkerPoolTest, ::testing::Range(0, 4));

}  // namespace
}  // namespace mongoose
