// The engine alone; calls are functions here.
#include "client/bench_load.h"

#include <atomic>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

namespace mongoose::client {
namespace {

using std::chrono::milliseconds;

constexpr LoadWindow kWindow{.warmup = milliseconds(50),
                             .duration = milliseconds(300)};

bool Always(const LoadProgress&) { return true; }

// `num_senders` that all count in `num_made`; each call takes `time`.
LoadLane LaneOf(int num_senders, double rate, milliseconds time,
                std::atomic<std::uint64_t>& num_made) {
  LoadLane lane{.calls_per_second = rate};
  for (int i = 0; i < num_senders; ++i) {
    lane.senders.emplace_back([time, &num_made] {
      ++num_made;
      std::this_thread::sleep_for(time);
      return CallOutcome{.bytes_sent = 3, .bytes_received = 5, .ids = 7};
    });
  }
  return lane;
}

TEST(BenchLoadTest, ClosedLoopCountsEveryCallAfterTheWarmup) {
  std::atomic<std::uint64_t> num_made{0};
  const LoadReport report =
      RunLoad(LaneOf(3, 0, milliseconds(2), num_made), {}, kWindow, Always);
  const CallStats& stats = report.queries.stats;
  EXPECT_TRUE(report.is_complete);
  EXPECT_GT(stats.calls(), 3U);
  EXPECT_LT(stats.calls(), num_made);
  EXPECT_EQ(stats.num_ok(), stats.calls());
  EXPECT_EQ(stats.sums().bytes_sent, 3 * stats.calls());
  EXPECT_GE(stats.latency().Quantile(0), milliseconds(2));
  EXPECT_GE(report.queries.seconds, 0.3);
  EXPECT_EQ(report.queries.num_dropped, 0U);
}

TEST(BenchLoadTest, CallsOfAnOpenLoopEndOrAreDropped) {
  std::atomic<std::uint64_t> num_made{0};
  const LoadReport report =
      RunLoad(LaneOf(4, 100, milliseconds(1), num_made), {}, kWindow, Always);
  EXPECT_EQ(report.queries.stats.calls() + report.queries.num_dropped, 30U);
}

TEST(BenchLoadTest, AnOverloadedOpenLoopTellsOfTheWaitAndDropsTheRest) {
  std::atomic<std::uint64_t> num_made{0};
  const LoadReport report =
      RunLoad(LaneOf(1, 1000, milliseconds(20), num_made), {}, kWindow, Always);
  const LaneReport& queries = report.queries;
  EXPECT_EQ(queries.stats.calls() + queries.num_dropped, 300U);
  EXPECT_GT(queries.num_dropped, 250U);
  EXPECT_GT(queries.stats.num_late(), 0U);
  EXPECT_GT(queries.stats.latency().max(), milliseconds(150));
}

TEST(BenchLoadTest, FailuresAreCountedByCodeAndHaveNoLatency) {
  LoadLane lane{.calls_per_second = 100};
  lane.senders.emplace_back([count = 0]() mutable {
    if (++count % 2 == 0) return CallOutcome{};
    return CallOutcome{.status = absl::NotFoundError("gone")};
  });
  const LoadReport report = RunLoad({}, lane, kWindow, Always);
  const CallStats& stats = report.updates.stats;
  EXPECT_EQ(stats.calls() + report.updates.num_dropped, 30U);
  EXPECT_EQ(stats.num_ok() + stats.num_errors(), stats.calls());
  EXPECT_GT(stats.num_errors(), 0U);
  EXPECT_EQ(stats.errors().at(absl::StatusCode::kNotFound), stats.num_errors());
  EXPECT_EQ(stats.first_error(), "NOT_FOUND: gone");
  EXPECT_EQ(stats.latency().count(), stats.num_ok());
}

TEST(BenchLoadTest, EndsEarlyWhenAsked) {
  std::atomic<std::uint64_t> num_made{0};
  const LoadWindow hour{.duration = std::chrono::hours(1)};
  const LoadReport report = RunLoad(
      LaneOf(2, 100, milliseconds(1), num_made), {}, hour,
      [](const LoadProgress& progress) { return progress.queries < 5; });
  EXPECT_FALSE(report.is_complete);
  EXPECT_GE(report.queries.stats.calls(), 5U);
  EXPECT_LT(report.queries.seconds, 60);
}

}  // namespace
}  // namespace mongoose::client
