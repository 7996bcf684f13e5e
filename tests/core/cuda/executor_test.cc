#include "core/cuda/simt/executor.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/cuda/simt/cuda_names.h"

namespace mongoose::simt {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Geometry kOneBlock{.grid = {}, .block = {.x = 64}};

class ScheduleTest : public ::testing::TestWithParam<Schedule> {
 protected:
  std::string Run(const Geometry& geometry, const auto& kernel) {
    return Launch(geometry, GetParam(), kernel);
  }
};

TEST_P(ScheduleTest, RunsEveryThreadOfEveryBlockOnce) {
  const Geometry geometry{.grid = {3, 2, 2}, .block = {8, 4, 2}};
  std::vector<int> runs(12 * 64);
  ASSERT_THAT(Run(geometry,
                  [&] {
                    const unsigned block =
                        (blockIdx.z * 2 + blockIdx.y) * 3 + blockIdx.x;
                    const unsigned thread =
                        (threadIdx.z * 4 + threadIdx.y) * 8 + threadIdx.x;
                    ++runs[block * 64 + thread];
                  }),
              IsEmpty());
  EXPECT_THAT(runs, ::testing::Each(1));
}

TEST_P(ScheduleTest, NobodyPassesABarrierBeforeAllHaveCome) {
  std::vector<int> sums(64);
  std::vector<int> values(64);
  ASSERT_THAT(Run(kOneBlock,
                  [&] {
                    for (int round = 1; round < 4; ++round) {
                      values[threadIdx.x] = round;
                      __syncthreads();
                      sums[threadIdx.x] +=
                          std::accumulate(values.begin(), values.end(), 0);
                      __syncthreads();
                    }
                  }),
              IsEmpty());
  EXPECT_THAT(sums, ::testing::Each(64 * (1 + 2 + 3)));
}

TEST_P(ScheduleTest, CollectivesExchangeWithinAWarp) {
  std::vector<unsigned> ballots(64), shuffled(64), shifted(64);
  ASSERT_THAT(Run(kOneBlock,
                  [&] {
                    const unsigned t = threadIdx.x;
                    ballots[t] = __ballot_sync(~0U, t % 3 == 0);
                    shuffled[t] = __shfl_xor_sync(~0U, t, 5U);
                    shifted[t] = __shfl_up_sync(~0U, t, 2U);
                  }),
              IsEmpty());
  for (unsigned t = 0; t < 64; ++t) {
    const unsigned first = t / 32 * 32;
    unsigned ballot = 0;
    for (unsigned lane = 0; lane < 32; ++lane) {
      ballot |= static_cast<unsigned>((first + lane) % 3 == 0) << lane;
    }
    EXPECT_EQ(ballots[t], ballot) << t;
    EXPECT_EQ(shuffled[t], first + (t % 32 ^ 5)) << t;
    EXPECT_EQ(shifted[t], t % 32 < 2 ? t : t - 2) << t;
  }
}

TEST_P(ScheduleTest, SharedMemoryIsOnesBlockAndStartsOdd) {
  static const char key = 0;
  const Geometry geometry{.grid = {.x = 2}, .block = {.x = 32}};
  std::vector<int> seen(64);
  ASSERT_THAT(
      Run(geometry,
          [&] {
            int* const shared =
                static_cast<int*>(SharedMemory(&key, 128, {__FILE__, 1}));
            EXPECT_NE(shared[threadIdx.x], 0);
            __syncthreads();
            shared[threadIdx.x] = static_cast<int>(blockIdx.x + 1);
            __syncthreads();
            seen[blockIdx.x * 32 + threadIdx.x] = shared[31 - threadIdx.x];
          }),
      IsEmpty());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i], static_cast<int>(i / 32 + 1));
  }
}

TEST_P(ScheduleTest, ABarrierThatAThreadNeverReachesIsAnError) {
  EXPECT_THAT(Run(kOneBlock,
                  [] {
                    if (threadIdx.x == 7) return;
                    __syncthreads();
                  }),
              AllOf(HasSubstr("deadlock"), HasSubstr("thread 7 has returned"),
                    HasSubstr("thread 0 waits at barrier executor_test.cc:")));
}

TEST_P(ScheduleTest, DifferentBarriersAreAnError) {
  const auto kernel = [] {
    if (threadIdx.x < 32) {
      __syncthreads();
    } else {
      __syncthreads();
    }
  };
  EXPECT_THAT(Run(kOneBlock, kernel), HasSubstr("different barriers"));
}

TEST_P(ScheduleTest, CollectivesNeedTheWholeWarp) {
  const auto without_one = [] {
    if (threadIdx.x != 40) __ballot_sync(~0U, true);
  };
  EXPECT_THAT(Run(kOneBlock, without_one),
              AllOf(HasSubstr("deadlock"), HasSubstr("has returned"),
                    HasSubstr("thread 32 waits for its warp")));
  const auto two_places = [] {
    if (threadIdx.x % 2 == 0) {
      __ballot_sync(~0U, true);
    } else {
      __ballot_sync(~0U, true);
    }
  };
  EXPECT_THAT(Run(kOneBlock, two_places), HasSubstr("different collectives"));
}

TEST_P(ScheduleTest, AnErrorLeavesTheExecutorUsable) {
  ASSERT_THAT(Run(kOneBlock,
                  [] {
                    if (threadIdx.x == 0) __syncthreads();
                  }),
              HasSubstr("deadlock"));
  std::atomic<int> runs = 0;
  EXPECT_THAT(Run(kOneBlock, [&] { ++runs; }), IsEmpty());
  EXPECT_EQ(runs, 64);
}

INSTANTIATE_TEST_SUITE_P(
    Orders, ScheduleTest,
    ::testing::Values(Schedule{.order = Order::kForward},
                      Schedule{.order = Order::kReverse},
                      Schedule{.order = Order::kShuffled, .seed = 1},
                      Schedule{.order = Order::kShuffled, .seed = 2}),
    [](const auto& test) {
      return "Order" + std::to_string(static_cast<int>(test.param.order)) +
             "Seed" + std::to_string(test.param.seed);
    });

TEST(ExecutorTest, RefusesWhatNoGpuTakes) {
  const auto never = [] { ADD_FAILURE(); };
  for (const unsigned threads : {0U, 33U, 1056U}) {
    EXPECT_THAT(Launch({.block = {.x = threads}}, {}, never),
                HasSubstr("got " + std::to_string(threads)));
  }
  EXPECT_THAT(Launch({.grid = {.x = 0}, .block = {.x = 32}}, {}, never),
              HasSubstr("got 0 x 1 x 1"));
  EXPECT_THAT(Launch({.grid = {.y = 65536}, .block = {.x = 32}}, {}, never),
              HasSubstr("got 1 x 65536 x 1"));
}

TEST(ExecutorTest, SharedMemoryHasTheLeastSizeOfGpus) {
  static const std::array<char, 2> keys{};
  const auto take = [](std::size_t second) {
    return Launch(kOneBlock, {}, [second] {
      SharedMemory(&keys[0], 48 << 10, {__FILE__, 10});
      SharedMemory(&keys[1], second, {__FILE__, 11});
    });
  };
  EXPECT_THAT(take(0), IsEmpty());
  EXPECT_THAT(take(1), HasSubstr("48 KiB of shared memory at "
                                 "executor_test.cc:11"));
}

TEST(ExecutorTest, ProductsOfBytesAreSigned) {
  // (1, -2, 3, -128) . (5, 6, -7, -128)
  EXPECT_EQ(
      __dp4a(static_cast<int>(0x8003FE01), static_cast<int>(0x80F90605), 10),
      10 + 5 - 12 - 21 + 16384);
}

#if defined(__SANITIZE_THREAD__)
// Runs `kernel` and ends the process; with 66 if a race was reported.
[[noreturn]] void RunAndExit(const Geometry& geometry, const auto& kernel) {
  for (std::uint64_t seed = 1; seed < 4; ++seed) {
    const Schedule schedule{.order = Order::kShuffled, .seed = seed};
    if (!Launch(geometry, schedule, kernel).empty()) std::exit(1);
  }
  std::exit(0);
}
const auto kReportsARace = ::testing::ExitedWithCode(66);  // as TSan has it

TEST(RaceDeathTest, AMissingBarrierIsARace) {
  std::vector<int> values(64);
  const auto kernel = [&](bool waits) {
    return [&values, waits] {
      values[threadIdx.x] = 1;
      if (waits) __syncthreads();
      const volatile int next = values[(threadIdx.x + 1) % 64];
      static_cast<void>(next);
    };
  };
  EXPECT_EXIT(RunAndExit(kOneBlock, kernel(false)), kReportsARace, "data race");
  EXPECT_EXIT(RunAndExit(kOneBlock, kernel(true)), ::testing::ExitedWithCode(0),
              "");
}

TEST(RaceDeathTest, BlocksThatShareAWordAreARace) {
  int word = 0;
  const Geometry geometry{.grid = {.x = 2}, .block = {.x = 32}};
  const auto kernel = [&] {
    if (threadIdx.x == 0) ++word;
  };
  EXPECT_EXIT(RunAndExit(geometry, kernel), kReportsARace, "data race");
}
#endif

}  // namespace
}  // namespace mongoose::simt
