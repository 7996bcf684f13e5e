#include "server/environment_check.h"

#include <sys/socket.h>
#include <sys/un.h>
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

// A socket in the file system that nobody answers.
void LeaveSocket(const std::string& path) {
  sockaddr_un name{.sun_family = AF_UNIX};
  path.copy(name.sun_path, sizeof(name.sun_path) - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  EXPECT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name)),
            0);
  close(fd);
}

auto IsProblem(int exit_code, const std::string& text) {
  return AllOf(Field(&StartProblem::exit_code, exit_code),
               Field(&StartProblem::text, HasSubstr(text)));
}

constexpr char kAnyPort[] = "listen.addresses=[\"127.0.0.1:0\"]";
constexpr char kNoMetrics[] = "listen.metrics_address=off";

TEST(EnvironmentCheckTest, FreeAddressesAreNoProblem) {
  EXPECT_THAT(
      ProblemsWith({"listen.addresses=[\"127.0.0.1:0\", \"localhost:0\"]",
                    "listen.metrics_address=127.0.0.1:0"}),
      IsEmpty());
}

TEST(EnvironmentCheckTest, AnAddressNamedTwiceIsTaken) {
  constexpr char kTwice[] =
      "listen.addresses=[\"127.0.0.2:45871\", \"127.0.0.2:45871\"]";
  EXPECT_THAT(ProblemsWith({kTwice, kNoMetrics}),
              ElementsAre(IsProblem(EX_UNAVAILABLE, "127.0.0.2:45871")));
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
  LeaveSocket(path);
  EXPECT_THAT(ProblemsWith({address, kNoMetrics}), IsEmpty());
  std::filesystem::remove(path);
  std::ofstream(path).close();
  EXPECT_THAT(ProblemsWith({address, kNoMetrics}),
              ElementsAre(IsProblem(EX_UNAVAILABLE, "not a socket")));
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
