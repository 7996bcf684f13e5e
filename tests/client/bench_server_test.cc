// Queries and updates of a bench against a server, over TCP and a Unix socket.
#include <unistd.h>

#include "client/bench_calls.h"
#include "client/temporary_index.h"
#include "tests/support/server_fixture.h"

namespace mongoose::client {
namespace {

constexpr LoadWindow kWindow{.warmup = std::chrono::milliseconds(100),
                             .duration = std::chrono::seconds(1)};
constexpr int kBatch = 4;
constexpr int kUpdateRows = 8;
constexpr double kUpdatesPerSecond = 20;

bool Always(const LoadProgress&) { return true; }

class BenchServerTest : public testing::ServerFixture,
                        public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    const std::string socket = "unix:" + ::testing::TempDir() + "bench-" +
                               std::to_string(getpid()) + ".sock";
    StartServer({"listen.addresses=[\"127.0.0.1:0\", \"" + socket + "\"]"});
    ASSERT_NE(server_, nullptr);
    if (GetParam() == std::string("unix")) client_ = Connect(socket);
    ASSERT_NE(client_, nullptr);
  }

  LoadLane Queries(const std::string& index, double rate) {
    QueryLoad load{.dim = kDim, .batch = kBatch, .num_senders = 4};
    load.call.set_index(index);
    load.call.mutable_plan()->set_num_active(3);
    load.call.mutable_plan()->set_min_hits(1);
    return {.senders = MakeQueryCallers(*client_, load),
            .calls_per_second = rate};
  }

  LoadLane Updates(const std::string& index) {
    const UpdateLoad load{.spec = SmallSpec(index),
                          .chunk_rows = kUpdateRows,
                          .change = 0.1F,
                          .writer_prefix = "bench",
                          .num_senders = 2,
                          .timeout = absl::Seconds(10)};
    return {.senders = MakeUpdateCallers(*client_, load),
            .calls_per_second = kUpdatesPerSecond};
  }

  // Updates of the window and of the warm-up that the server applied.
  std::uint64_t NumUpdatedRows(const std::string& index) {
    return client_->GetIndexStatus(index)->rows_updated();
  }
};

TEST_P(BenchServerTest, ClosedLoopWithUpdatesCountsWhatTheServerDid) {
  CreateLoaded("layer");
  const std::uint64_t rows_before = NumUpdatedRows("layer");
  const LoadReport report =
      RunLoad(Queries("layer", 0), Updates("layer"), kWindow, Always);
  const CallStats& queries = report.queries.stats;
  EXPECT_GT(queries.calls(), 10U);
  EXPECT_EQ(queries.num_errors(), 0U) << queries.first_error();
  EXPECT_GT(queries.sums().ids, queries.calls());
  EXPECT_GT(queries.sums().bytes_received, 0U);
  const CallStats& updates = report.updates.stats;
  EXPECT_EQ(updates.num_errors(), 0U) << updates.first_error();
  EXPECT_EQ(updates.calls() + report.updates.num_dropped, kUpdatesPerSecond);
  // 2 more were due in the warm-up of 0.1 s.
  const std::uint64_t rows = NumUpdatedRows("layer") - rows_before;
  EXPECT_GE(rows, updates.calls() * kUpdateRows);
  EXPECT_LE(rows, (updates.calls() + 2) * kUpdateRows);
}

TEST_P(BenchServerTest, OpenLoopAnswersOrDropsWhatWasDue) {
  CreateLoaded("layer");
  const LoadReport report =
      RunLoad(Queries("layer", 50), Updates("layer"), kWindow, Always);
  const LaneReport& queries = report.queries;
  EXPECT_EQ(queries.stats.num_errors(), 0U) << queries.stats.first_error();
  EXPECT_GT(queries.stats.num_ok(), 0U);
  EXPECT_EQ(queries.stats.num_ok() + queries.num_dropped, 50U);
  EXPECT_GT(report.updates.stats.num_ok(), 0U);
}

TEST_P(BenchServerTest, CallsToAnUnknownIndexAreCountedAsNotFound) {
  const LoadReport report =
      RunLoad(Queries("none", 50), Updates("none"), kWindow, Always);
  for (const LaneReport* lane : {&report.queries, &report.updates}) {
    EXPECT_EQ(lane->stats.num_ok(), 0U);
    EXPECT_GT(lane->stats.num_errors(), 0U);
    EXPECT_EQ(lane->stats.errors().at(absl::StatusCode::kNotFound),
              lane->stats.num_errors());
  }
}

TEST_P(BenchServerTest, TemporaryIndexIsLoadedAndGoesWithItsObject) {
  {
    auto index = TemporaryIndex::Create(*client_, SmallSpec("short"));
    ASSERT_TRUE(index.ok()) << index.status();
    const absl::Status loaded =
        (*index)->Load(1, absl::Seconds(20), [] { return true; });
    ASSERT_TRUE(loaded.ok()) << loaded;
    EXPECT_EQ(client_->GetIndexStatus("short")->rows_set(), kRows);
  }
  EXPECT_TRUE(absl::IsNotFound(client_->GetIndex("short").status()));
}

TEST_P(BenchServerTest, TemporaryIndexLeavesThoseOfOthersAlone) {
  CreateLoaded("layer");
  const auto index = TemporaryIndex::Create(*client_, SmallSpec("layer"));
  EXPECT_TRUE(absl::IsAlreadyExists(index.status()));
  EXPECT_TRUE(client_->GetIndex("layer").ok());
}

TEST_P(BenchServerTest, InterruptedLoadIsCancelled) {
  auto index = TemporaryIndex::Create(*client_, SmallSpec("short"));
  ASSERT_TRUE(index.ok());
  EXPECT_TRUE(absl::IsCancelled(
      (*index)->Load(1, absl::Seconds(20), [] { return false; })));
}

INSTANTIATE_TEST_SUITE_P(Sockets, BenchServerTest,
                         ::testing::Values("tcp", "unix"),
                         [](const auto& test) {
                           return std::string(test.param);
                         });

}  // namespace
}  // namespace mongoose::client
