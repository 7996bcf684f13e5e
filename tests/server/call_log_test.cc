#include "server/call_log.h"

#include <chrono>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/log.h"
#include "tests/support/fake_clock.h"

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::server {
namespace {

using nlohmann::json;

class CallLogTest : public ::testing::Test {
 protected:
  CallLogTest() {
    v1::LogConfig config;
    config.set_level("info");
    config.set_format("json");
    SetUpLog(config);
    clock_.Advance(std::chrono::hours(1));
  }

  static v1::LogConfig Config(const std::string& calls) {
    v1::LogConfig config;
    config.set_calls(calls);
    config.set_max_calls_per_second(3);
    return config;
  }
  static CallRecord Traced(bool sampled) {
    CallRecord record;
    record.trace = TraceContext{"4bf92f3577b34da6a3ce929d0e0e4736",
                                "00f067aa0ba902b7", sampled};
    record.index = "layer";
    return record;
  }
  // Lines that `write` makes on stderr.
  template <typename Write>
  static std::vector<json> Lines(Write write) {
    ::testing::internal::CaptureStderr();
    write();
    std::istringstream text(::testing::internal::GetCapturedStderr());
    std::vector<json> lines;
    for (std::string line; std::getline(text, line);) {
      lines.push_back(json::parse(line));
    }
    return lines;
  }
  static std::size_t NumLines(CallLog& log, const CallRecord& record,
                              const absl::Status& status) {
    return Lines([&] { log.Write("GetIndex", record, status, 0.1); }).size();
  }

  test_support::FakeClock clock_;
};

TEST_F(CallLogTest, ALineTellsTheCallAndItsStages) {
  CallLog log(Config("all"), clock_);
  CallRecord record = Traced(true);
  record.messages = 1;
  record.queue_seconds = 0.002;
  record.work_seconds = 0.01;
  record.stage_seconds[0] = 0.004;
  record.encode_seconds = 0.001;
  const auto lines = Lines([&] {
    log.Write("QueryNeurons", record, absl::InvalidArgumentError("dim \"x\""),
              0.0125);
  });
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["event"], "call");
  EXPECT_EQ(lines[0]["method"], "QueryNeurons");
  EXPECT_EQ(lines[0]["code"], "INVALID_ARGUMENT");
  EXPECT_EQ(lines[0]["index"], "layer");
  EXPECT_EQ(lines[0]["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(lines[0]["error"], "dim \"x\"");
  EXPECT_DOUBLE_EQ(lines[0]["total_ms"], 12.5);
  EXPECT_DOUBLE_EQ(lines[0]["queue_ms"], 2);
  EXPECT_DOUBLE_EQ(lines[0]["hash_ms"], 4);
  EXPECT_DOUBLE_EQ(lines[0]["encode_ms"], 1);
}

TEST_F(CallLogTest, TheSettingSaysWhichCallsGetALine) {
  const absl::Status ok = absl::OkStatus();
  const absl::Status failed = absl::NotFoundError("no");
  CallLog none(Config("none"), clock_);
  EXPECT_EQ(NumLines(none, Traced(true), failed), 0U);
  CallLog failures(Config("failed"), clock_);
  EXPECT_EQ(NumLines(failures, Traced(true), ok), 0U);
  EXPECT_EQ(NumLines(failures, {}, failed), 1U);
  CallLog traced(Config("traced"), clock_);
  EXPECT_EQ(NumLines(traced, Traced(true), ok), 1U);
  EXPECT_EQ(NumLines(traced, Traced(false), ok), 0U);
  EXPECT_EQ(NumLines(traced, {}, ok), 0U);
  EXPECT_EQ(NumLines(traced, {}, failed), 1U);
}

TEST_F(CallLogTest, NoMoreThanItsShareOfASecond) {
  CallLog log(Config("all"), clock_);
  std::size_t lines = 0;
  for (int i = 0; i < 10; ++i) lines += NumLines(log, {}, absl::OkStatus());
  EXPECT_EQ(lines, 3U);
  EXPECT_EQ(log.num_suppressed(), 7U);
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(NumLines(log, {}, absl::OkStatus()), 1U);
}

TEST(IndexNameTest, IsFoundWhereverARequestKeepsIt) {
  v1::GetIndexRequest get;
  get.set_name("a");
  EXPECT_EQ(IndexNameIn(get), "a");
  v1::StreamQueryNeuronsRequest stream;
  stream.mutable_query()->set_index("b");
  EXPECT_EQ(IndexNameIn(stream), "b");
  v1::CreateIndexRequest create;
  create.mutable_spec()->set_name("c");
  EXPECT_EQ(IndexNameIn(create), "c");
  EXPECT_EQ(IndexNameIn(v1::ListIndexesRequest()), "");
}

}  // namespace
}  // namespace mongoose::server
