#include "server/rehash_device.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/server_fixture.h"

namespace mongoose::server {
namespace {

using ::testing::HasSubstr;

class RehashDeviceTest : public testing::ServerFixture {
 protected:
  static std::vector<std::string> Backend(const std::string& name) {
    return {"pools.rehash_backend=" + name};
  }

  // Of whole numbers, which devices hash with; both kinds of index.
  static v1::IndexSpec IntegerSpec(const std::string& name) {
    v1::IndexSpec spec = SmallSpec(name);
    spec.mutable_hash()->set_profile(v1::NUMERIC_PROFILE_INT8);
    return spec;
  }
  static v1::IndexSpec PartitionSpec(const std::string& name) {
    v1::IndexSpec spec;
    spec.set_name(name);
    spec.set_num_rows(kRows);
    spec.set_dim(kDim);
    spec.mutable_hash()->set_family(v1::HASH_FAMILY_PARTITION);
    return spec;
  }

  // What a server that re-hashes by `backend` finds for some of the rows.
  std::vector<std::string> Answers(const std::string& backend) {
    StartServer(Backend(backend));
    std::vector<std::string> answers;
    for (const v1::IndexSpec& spec :
         {IntegerSpec("simhash"), PartitionSpec("partition")}) {
      CreateLoaded(spec);
      for (std::uint32_t row = 0; row < kRows; row += 7) {
        const auto answer = client_->QueryNeurons(QueryFor(spec.name(), row));
        EXPECT_TRUE(answer.ok()) << answer.status();
        if (answer.ok()) answers.push_back(answer->ids());
      }
    }
    return answers;
  }
};

TEST_F(RehashDeviceTest, AnswersDoNotDependOnTheBackend) {
  const std::vector<std::string> device = Answers("emulated");
  EXPECT_EQ(device, Answers("cpu"));
}

TEST_F(RehashDeviceTest, AnIndexOfFloatsIsRefusedWithTheField) {
  StartServer(Backend("emulated"));
  v1::IndexSpec spec = SmallSpec("floats");
  spec.mutable_hash()->set_profile(v1::NUMERIC_PROFILE_FLOAT32);
  const absl::Status refused = client_->CreateIndex(spec).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(refused.message(), HasSubstr("hash.profile must be INT8"));
}

TEST_F(RehashDeviceTest, AGpuThatIsNotThereKeepsTheServerFromStarting) {
  const auto config = LoadConfig("", Backend("cuda"));
  ASSERT_TRUE(config.ok()) << config.status();
  const auto device = OpenDevice(config->pools());
  if (device.ok()) GTEST_SKIP() << "this machine has a GPU";
  EXPECT_EQ(device.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(device.status().message(),
              HasSubstr("pools.rehash_backend must be one that this machine "
                        "has, got cuda: "));
}

TEST_F(RehashDeviceTest, OtherWordsAreNoBackends) {
  EXPECT_THAT(LoadConfig("", Backend("gpu")).status().message(),
              HasSubstr("pools.rehash_backend must be one of cpu, cuda, "
                        "emulated, got \"gpu\""));
}

}  // namespace
}  // namespace mongoose::server
