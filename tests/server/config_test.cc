#include "server/config.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mongoose::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A file of this process alone: CTest runs these tests side by side.
std::string WriteFile(const std::string& text) {
  const auto path = std::filesystem::path(::testing::TempDir()) /
                    absl::StrCat("mongoose_config_test.", getpid(), ".yaml");
  std::ofstream(path) << text;
  return path.string();
}

TEST(ConfigTest, EmptyConfigurationHasTheDocumentedDefaults) {
  const auto config = LoadConfig("", {});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->listen().addresses(0), "127.0.0.1:50051");
  EXPECT_EQ(config->limits().max_message_bytes(), 64U << 20);
  EXPECT_EQ(config->shutdown().drain_ms(), 1500U);
  EXPECT_TRUE(config->listen().reflection());
}

TEST(ConfigTest, FileAndOverridesAreRead) {
  const auto config =
      LoadConfig(WriteFile("pools:\n  query_threads: 3\n"
                           "listen:\n  addresses: [\"unix:/tmp/x\"]\n"),
                 {"pools.query_queue=7", "shutdown.drain_ms=0"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->pools().query_threads(), 3U);
  EXPECT_EQ(config->pools().query_queue(), 7U);
  EXPECT_EQ(config->shutdown().drain_ms(), 0U);
  EXPECT_EQ(config->listen().addresses(0), "unix:/tmp/x");
}

TEST(ConfigTest, RehashThreadsStandBackUnlessToldNotTo) {
  EXPECT_EQ(LoadConfig("", {})->pools().rehash_nice(), 10U);
  const auto equal = LoadConfig("", {"pools.rehash_nice=0"});
  ASSERT_TRUE(equal.ok()) << equal.status();
  EXPECT_EQ(equal->pools().rehash_nice(), 0U);
  EXPECT_GE(equal->pools().rehash_threads(), 1U);
}

TEST(ConfigTest, PrintedConfigurationReadsBackEqual) {
  const auto config = LoadConfig("", {"pools.query_queue=9"});
  ASSERT_TRUE(config.ok());
  const auto again = LoadConfig(WriteFile(FormatConfig(*config)), {});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), config->SerializeAsString());
}

struct BadConfig {
  std::string text;
  std::string message;
};

class BadConfigTest : public ::testing::TestWithParam<BadConfig> {};

TEST_P(BadConfigTest, IsRefusedWithItsReason) {
  const auto config = LoadConfig(WriteFile(GetParam().text), {});
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(config.status().message()),
              HasSubstr(GetParam().message));
}

const BadConfig kBadConfigs[] = {
    {"pools:\n  querry_threads: 3\n",
     ".yaml:2: unknown key \"pools.querry_threads\"; must be one of "
     "query_threads, update_threads, "},
    {"\ncolour: blue\n",
     ".yaml:2: unknown key \"colour\"; must be one of listen, pools, limits, "
     "log, shutdown"},
    {"pools:\n  query_threads: many\n",
     ".yaml:2: pools.query_threads must be a whole number, 0..4294967295, got "
     "\"many\""},
    {"pools:\n  query_threads: \"3\"\n", "must be a whole number"},
    {"pools:\n  query_threads: 0\n",
     ".yaml:2: pools.query_threads must be 1..256, got 0"},
    {"limits:\n  max_total_bytes: 0\n",
     ".yaml:2: limits.max_total_bytes must be 1048576.."},
    {"limits:\n  max_index_bytes: -1\n", "max_index_bytes must be a whole"},
    {"pools: 3\n", "pools must be a map of query_threads, "},
    {"listen:\n  addresses: 127.0.0.1:1\n",
     "listen.addresses must be a list of texts, got \"127.0.0.1:1\""},
    {"listen:\n  reflection: 1\n", "must be true or false, got \"1\""},
    {"log: {level: info, level: debug}\n", "log.level must be given once"},
    {"log:\n  level: loud\n",
     ".yaml:2: log.level must be one of debug, info, warn, error, got "
     "\"loud\""},
    {"log:\n  calls: some\n", "none, failed, traced, all, got \"some\""},
    {"listen:\n  tls:\n    certificate: a.pem\n",
     ".yaml:2: listen.tls must have both certificate and private_key"},
    {"listen:\n  tls:\n    client_ca: a.pem\n", "with a certificate only"},
    {"pools:\n  query_threads: 1000\n",
     "pools.query_threads must be 1..256, got 1000"},
    {"pools:\n  rehash_nice: 20\n", "pools.rehash_nice must be 0..19, got 20"},
    {"limits:\n  max_message_bytes: 5\n", "limits.max_message_bytes must be"},
    {"- a\n- b\n", "must be a map"},
    {"pools: {}\n---\npools: {}\n", "must be one YAML document, got 2"},
    {"listen:\n  addresses: []\n",
     ".yaml:2: listen.addresses must have at least one"},
    {"listen: {metrics_address: \"\"}\n", "must be host:port or off, got"},
    {"pools: [", ".yaml:1: configuration is not YAML"},
};

INSTANTIATE_TEST_SUITE_P(All, BadConfigTest, ::testing::ValuesIn(kBadConfigs));

TEST(ConfigTest, MissingFileIsNotFound) {
  EXPECT_EQ(LoadConfig("/nonexistent/x.yaml", {}).status().code(),
            absl::StatusCode::kNotFound);
}

TEST(ConfigTest, EveryErrorHasALine) {
  const auto config = LoadConfig(
      WriteFile("pools:\n  a: 1\n  query_queue: 0\nlog:\n  level: x\n"),
      {"limits.b=3"});
  EXPECT_THAT(
      std::vector<std::string>(absl::StrSplit(config.status().message(), '\n')),
      ElementsAre(HasSubstr(".yaml:2: unknown key \"pools.a\""),
                  HasSubstr("--set limits.b=3: unknown key \"limits.b\""),
                  HasSubstr(".yaml:3: pools.query_queue must be 1..1000000"),
                  HasSubstr(".yaml:5: log.level must be one of")));
}

TEST(ConfigTest, OverridesReachNestedSections) {
  const auto config = LoadConfig(
      "", {"listen.tls.certificate=a.pem", "listen.tls.private_key=a.key"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->listen().tls().certificate(), "a.pem");
}

TEST(ConfigTest, MalformedOverrideIsRefused) {
  EXPECT_EQ(LoadConfig("", {"query_threads=2"}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mongoose::server
