// LearnHash, and what the service tells about learning.
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/planted_rows.h"
#include "tests/support/server_fixture.h"

namespace mongoose::testing {
namespace {

using test_support::Matrix;
using test_support::PlantedRows;
using ::testing::HasSubstr;

class LearnHashTest : public ServerFixture {
 protected:
  static constexpr std::size_t kPairs = 1024;  // the fewest allowed

  static v1::IndexSpec PlantedSpec(v1::LearnMode mode) {
    v1::IndexSpec spec;
    spec.set_name("layer");
    spec.set_num_rows(PlantedRows::kRows);
    spec.set_dim(PlantedRows::kCols);
    spec.mutable_hash()->set_family(v1::HASH_FAMILY_PARTITION);
    spec.mutable_hash()->set_bits_per_table(5);
    spec.mutable_default_plan()->set_num_probes(1);
    spec.mutable_learning()->set_mode(mode);
    return spec;
  }
  void CreatePlanted(v1::LearnMode mode) {
    StartServer();
    ASSERT_TRUE(client_->CreateIndex(PlantedSpec(mode)).ok());
    const auto updates = client_->OpenUpdateStream("layer", "loader");
    ASSERT_TRUE(updates
                    ->SetRows(test_support::AllIds(PlantedRows::kRows),
                              planted_.rows.values)
                    .ok());
    ASSERT_TRUE(updates->WaitAcked(absl::Seconds(20)).ok());
    ASSERT_TRUE(client_->WaitForSnapshot("layer", absl::Seconds(20)).ok());
  }
  // Queries, each with a row of its cluster.
  v1::LearnHashRequest Chunk(std::size_t pairs, std::uint64_t seed) const {
    const auto asked = planted_.Ask(pairs, seed);
    const std::vector<RowId> rows = PlantedRows::RowsFor(asked, 0);
    v1::LearnHashRequest chunk;
    chunk.set_index("layer");
    *chunk.mutable_queries() = client::ToMatrix(
        asked.queries.values, static_cast<std::uint32_t>(pairs));
    chunk.set_row_ids(client::ToBytes(std::span<const RowId>(rows)));
    return chunk;
  }
  std::vector<v1::LearnHashRequest> TwoChunks() const {
    return {Chunk(kPairs - 100, 1), Chunk(100, 2)};
  }
  grpc::Status Learn(const std::vector<v1::LearnHashRequest>& chunks,
                     v1::LearnHashResponse* response) {
    grpc::ClientContext context;
    const auto stream = stub_->LearnHash(&context, response);
    for (const v1::LearnHashRequest& chunk : chunks) {
      if (!stream->Write(chunk)) break;
    }
    stream->WritesDone();
    return stream->Finish();
  }

  const PlantedRows planted_;
};

TEST_F(LearnHashTest, PublishesWhatFindsMore) {
  CreatePlanted(v1::LEARN_MODE_MANUAL);
  const auto before = client_->GetIndexStatus("layer")->state();
  v1::LearnHashResponse response;
  const grpc::Status status = Learn(TwoChunks(), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(response.adopted()) << response.reason();
  EXPECT_THAT(response.reason(), HasSubstr("adopted"));
  EXPECT_EQ(response.state().index_version(), before.index_version() + 1);
  EXPECT_GT(response.candidate().all(), response.current().all() + 0.3);
  EXPECT_GT(response.candidate().without_hubs(),
            response.current().without_hubs());
  EXPECT_GT(response.candidate().all(), response.hot_list().all());
}

TEST_F(LearnHashTest, RefusesWhatFindsNoMore) {
  CreatePlanted(v1::LEARN_MODE_AUTO);
  const auto before = client_->GetIndexStatus("layer")->state();
  CounterRng rng(9, 9);
  std::vector<std::uint32_t> rows(kPairs);
  for (std::uint32_t& row : rows) row = rng.NextBelow(PlantedRows::kRows);
  v1::LearnHashRequest chunk = Chunk(kPairs, 1);
  chunk.set_row_ids(client::ToBytes(std::span<const std::uint32_t>(rows)));
  v1::LearnHashResponse response;
  ASSERT_TRUE(Learn({chunk}, &response).ok());
  EXPECT_FALSE(response.adopted()) << response.reason();
  EXPECT_THAT(response.reason(), HasSubstr("refused"));
  EXPECT_EQ(response.state().index_version(), before.index_version());
  EXPECT_EQ(client_->GetIndexStatus("layer")->learning().refused(), 1U);
}

TEST_F(LearnHashTest, StatusTellsOfTheNewestCandidate) {
  CreatePlanted(v1::LEARN_MODE_MANUAL);
  EXPECT_EQ(client_->GetIndexStatus("layer")->learning().last_verdict(), "");
  v1::LearnHashResponse response;
  ASSERT_TRUE(Learn(TwoChunks(), &response).ok());
  const auto status = client_->GetIndexStatus("layer");
  ASSERT_TRUE(status.ok());
  const v1::LearnStatus& learning = status->learning();
  EXPECT_EQ(learning.adopted(), 1U);
  EXPECT_EQ(learning.refused(), 0U);
  EXPECT_GT(learning.seconds(), 0);
  EXPECT_EQ(learning.last_trigger(), "asked to");
  EXPECT_EQ(learning.last_verdict(), response.reason());
  EXPECT_EQ(learning.current().all(), response.current().all());
  EXPECT_EQ(learning.candidate().all(), response.candidate().all());
  EXPECT_EQ(learning.hot_list().all(), response.hot_list().all());
  EXPECT_GT(learning.rows_read(), 0);
  EXPECT_LT(learning.rows_read(), PlantedRows::kRows / 4);
}

TEST_F(LearnHashTest, TheProjectionShowsTheRouter) {
  CreatePlanted(v1::LEARN_MODE_MANUAL);
  const auto before = client_->GetProjection("layer");
  ASSERT_TRUE(before.ok());
  EXPECT_TRUE(before->router().values() == before->directions().values());
  EXPECT_EQ(before->router().rows(), 32U);
  EXPECT_EQ(before->router().cols(), PlantedRows::kCols);
  EXPECT_EQ(before->router_offsets().rows(), 1U);
  EXPECT_EQ(before->router_offsets().cols(), 32U);
  v1::LearnHashResponse response;
  ASSERT_TRUE(Learn(TwoChunks(), &response).ok());
  const auto after = client_->GetProjection("layer");
  ASSERT_TRUE(after.ok());
  EXPECT_TRUE(after->directions().values() == before->directions().values());
  EXPECT_FALSE(after->router().values() == before->router().values());
  EXPECT_FALSE(after->router_offsets().values() ==
               before->router_offsets().values());
}

TEST_F(LearnHashTest, OtherFamiliesHaveNoRouter) {
  StartServer();
  CreateLoaded("layer");
  const auto projection = client_->GetProjection("layer");
  ASSERT_TRUE(projection.ok());
  EXPECT_FALSE(projection->has_router());
  EXPECT_FALSE(projection->has_router_offsets());
}

TEST_F(LearnHashTest, IsRefusedWhereLearningIsOff) {
  CreatePlanted(v1::LEARN_MODE_OFF);
  v1::LearnHashResponse response;
  const grpc::Status status = Learn(TwoChunks(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "LEARNING_OFF");
}

TEST_F(LearnHashTest, IsRefusedBeforeTheFirstSnapshot) {
  StartServer();
  ASSERT_TRUE(client_->CreateIndex(PlantedSpec(v1::LEARN_MODE_AUTO)).ok());
  v1::LearnHashResponse response;
  const grpc::Status status = Learn(TwoChunks(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "NO_SNAPSHOT");
}

TEST_F(LearnHashTest, AClientThatGoesAwayLeavesAWorkingIndex) {
  CreatePlanted(v1::LEARN_MODE_MANUAL);
  v1::LearnHashResponse response;
  {
    grpc::ClientContext context;
    const auto stream = stub_->LearnHash(&context, &response);
    ASSERT_TRUE(stream->Write(Chunk(kPairs, 1)));
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_TRUE(Learn(TwoChunks(), &response).ok());
}

using Chunks = std::vector<v1::LearnHashRequest>;
struct BadPairs {
  std::string name;
  std::function<void(Chunks&)> spoil;
  grpc::StatusCode code;
  std::string message;
};

class BadPairsTest : public LearnHashTest,
                     public ::testing::WithParamInterface<BadPairs> {};

TEST_P(BadPairsTest, GetTheirStatusAndTeachNothing) {
  CreatePlanted(v1::LEARN_MODE_MANUAL);
  Chunks chunks = TwoChunks();
  GetParam().spoil(chunks);
  v1::LearnHashResponse response;
  const grpc::Status status = Learn(chunks, &response);
  EXPECT_EQ(status.error_code(), GetParam().code) << status.error_message();
  EXPECT_THAT(status.error_message(), HasSubstr(GetParam().message));
  const auto after = client_->GetIndexStatus("layer");
  EXPECT_EQ(after->learning().adopted() + after->learning().refused(), 0U);
}

template <typename T>
std::string Bytes(std::vector<T> values) {
  return client::ToBytes(std::span<const T>(values));
}

constexpr auto kInvalid = grpc::StatusCode::INVALID_ARGUMENT;
const BadPairs kBadPairs[] = {
    {"NoChunks", [](auto& c) { c.clear(); }, kInvalid, "got 0"},
    {"NoPairs", [](auto& c) { c.assign(1, {}), c[0].set_index("layer"); },
     kInvalid, "got 0"},
    {"TooFewPairs", [](auto& c) { c.pop_back(); }, kInvalid, "got 924"},
    {"UnknownIndex",
     [](auto& c) {
       for (auto& chunk : c) chunk.set_index("other");
     },
     grpc::StatusCode::NOT_FOUND, "other"},
    {"NoIndex", [](auto& c) { c[0].set_index(""); }, kInvalid, "name"},
    {"AnotherIndexLater", [](auto& c) { c[1].set_index("other"); }, kInvalid,
     "index must be the same in every chunk, got \"other\" after \"layer\""},
    {"NoIndexLater", [](auto& c) { c[1].clear_index(); }, kInvalid,
     "index must be the same in every chunk, got \"\""},
    {"ARowTooFew",
     [](auto& c) { c[1].set_row_ids(Bytes(std::vector<std::uint32_t>(99))); },
     kInvalid, "row_ids must have queries.rows = 100 values, got 99"},
    {"HalfARow", [](auto& c) { c[1].mutable_row_ids()->pop_back(); }, kInvalid,
     "row_ids"},
    {"AQueryTooShort",
     [](auto& c) { c[1].mutable_queries()->mutable_values()->pop_back(); },
     kInvalid, "queries"},
    {"OtherCols",
     [](auto& c) {
       *c[1].mutable_queries() =
           client::ToMatrix(std::vector<float>(100 * 31), 100);
     },
     kInvalid, "queries.cols must be 32, got 31"},
    {"UnknownType",
     [](auto& c) { c[0].mutable_queries()->set_dtype(v1::DataType(99)); },
     kInvalid, "queries"},
    {"NotFinite",
     [](auto& c) {
       std::vector<float> values(100 * 32);
       values[5] = std::numeric_limits<float>::infinity();
       *c[1].mutable_queries() = client::ToMatrix(values, 100);
     },
     kInvalid, "queries must be finite, got inf"},
    {"RowOutOfRange",
     [](auto& c) {
       std::vector<std::uint32_t> rows(100);
       rows[7] = PlantedRows::kRows;
       c[1].set_row_ids(Bytes(rows));
     },
     grpc::StatusCode::OUT_OF_RANGE, "row_ids[931] must be < 1600, got 1600"},
};

INSTANTIATE_TEST_SUITE_P(All, BadPairsTest, ::testing::ValuesIn(kBadPairs),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace mongoose::testing
