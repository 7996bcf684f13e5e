#include "server/environment_check.h"

#include <sysexits.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/config.h"
#include "tests/support/server_fixture.h"

namespace mongoose::server {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<StartProblem> ProblemsWith(
    const std::vector<std::string>& overrides) {
  const auto config = LoadConfig("", overrides);
  EXPECT_TRUE(config.ok()) << config.status();
  return CheckEnvironment(*config);
}

auto IsProblem(int exit_code, const std::string& text) {
  return AllOf(Field(&StartProblem::exit_code, exit_code),
               Field(&StartProblem::text, HasSubstr(text)));
}

constexpr char kAnyPort[] = "listen.addresses=[\"127.0.0.1:0\"]";
constexpr char kNoMetrics[] = "listen.metrics_address=off";

TEST(EnvironmentCheckTest, FreeAddressesAreNoProblem) {
  EXPECT_THAT(ProblemsWith({"listen.addresses=[\"127.0.0.1:0\", \"[::1]:0\"]",
                            "listen.metrics_address=127.0.0.1:0"}),
              IsEmpty());
}

class TakenAddressTest : public testing::ServerFixture {};

TEST_F(TakenAddressTest, ATakenPortIsNamed) {
  StartServer();
  const std::string taken = "\"" + target_ + "\"";
  EXPECT_THAT(ProblemsWith({"listen.addresses=[" + taken + "]", kNoMetrics}),
              ElementsAre(IsProblem(EX_UNAVAILABLE, target_)));
  EXPECT_THAT(ProblemsWith({kAnyPort, "listen.metrics_address=" + taken}),
              ElementsAre(IsProblem(EX_UNAVAILABLE, "listen.metrics_address")));
}

TEST_F(TakenAddressTest, ASecondServerDoesNotShareAPort) {
  StartServer();
  auto config =
      LoadConfig("", {"listen.addresses=[\"" + target_ + "\"]", kNoMetrics});
  ASSERT_TRUE(config.ok());
  EXPECT_TRUE(absl::IsUnavailable(IndexServer::Start(*config).status()));
}

TEST_F(TakenAddressTest, ASocketThatAnswersIsTakenAndAStaleOneIsNot) {
  const std::string path = ::testing::TempDir() + "mongoose-check-" +
                           std::to_string(getpid()) + ".sock";
  const std::string address = "listen.addresses=[\"unix:" + path + "\"]";
  StartServer({"listen.addresses=[\"127.0.0.1:0\", \"unix:" + path + "\"]"});
  EXPECT_THAT(ProblemsWith({address, kNoMetrics}),
              ElementsAre(IsProblem(EX_UNAVAILABLE, "another process")));
  server_.reset();
  std::ofstream(path).close();
  EXPECT_THAT(ProblemsWith({address, kNoMetrics}), IsEmpty());
  std::filesystem::remove(path);
}

TEST(EnvironmentCheckTest, SocketsNeedAWritableFolder) {
  EXPECT_THAT(ProblemsWith({"listen.addresses=[\"unix:/nonexistent/a.sock\"]",
                            kNoMetrics}),
              ElementsAre(IsProblem(EX_CANTCREAT, "/nonexistent")));
  EXPECT_THAT(ProblemsWith(
                  {"listen.addresses=[\"unix:/" + std::string(200, 'x') + "\"]",
                   kNoMetrics}),
              ElementsAre(IsProblem(EX_CONFIG, "socket paths")));
}

TEST(EnvironmentCheckTest, AddressesMustBeOfThisMachine) {
  EXPECT_THAT(
      ProblemsWith({"listen.addresses=[\"no-port\"]", kNoMetrics}),
      ElementsAre(IsProblem(EX_CONFIG, "must be host:port or unix:/path")));
  EXPECT_THAT(ProblemsWith({"listen.addresses=[\"127.0.0.1:a\"]", kNoMetrics}),
              ElementsAre(IsProblem(EX_UNAVAILABLE, "127.0.0.1:a")));
}

TEST(EnvironmentCheckTest, TlsFilesMustExistAndHoldPem) {
  const std::string path = ::testing::TempDir() + "mongoose-check-" +
                           std::to_string(getpid()) + ".pem";
  std::ofstream(path) << "not a certificate";
  EXPECT_THAT(
      ProblemsWith({kAnyPort, kNoMetrics, "listen.tls.certificate=" + path,
                    "listen.tls.private_key=/nonexistent.key"}),
      ElementsAre(IsProblem(EX_NOINPUT, "BEGIN CERTIFICATE"),
                  IsProblem(EX_NOINPUT, "/nonexistent.key")));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace mongoose::server
