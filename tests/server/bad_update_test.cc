// Every malformed update gets the most specific status and changes nothing.
#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "tests/support/server_fixture.h"

namespace mongoose::testing {
namespace {

struct BadUpdate {
  std::string name;
  std::function<void(v1::UpdateRequest&)> spoil;
  grpc::StatusCode code;
  std::string message;  // part of it
};

std::string Ids(std::vector<std::uint32_t> ids) {
  return client::ToBytes(std::span<const std::uint32_t>(ids));
}

class BadUpdateTest : public ServerFixture,
                      public ::testing::WithParamInterface<BadUpdate> {};

TEST_P(BadUpdateTest, GetsItsStatusAndLeavesTheIndexAsItWas) {
  StartServer();
  CreateLoaded("layer");
  const auto before = client_->QueryNeurons(QueryFor("layer", 7));
  ASSERT_TRUE(before.ok());
  v1::UpdateRequest chunk =
      SetChunk("layer", 1, {7, 8}, std::vector<float>(2 * kDim, 3.0F));
  GetParam().spoil(chunk);
  const grpc::Status status = SendChunks({chunk});
  EXPECT_EQ(status.error_code(), GetParam().code) << status.error_message();
  EXPECT_THAT(status.error_message(), ::testing::HasSubstr(GetParam().message));
  EXPECT_NE(ReasonOf(status), "");
  const auto after = client_->QueryNeurons(QueryFor("layer", 7));
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->SerializeAsString(), before->SerializeAsString());
}

const BadUpdate kBadUpdates[] = {
    {"UnknownIndex", [](auto& c) { c.set_index("nobody"); },
     grpc::StatusCode::NOT_FOUND, "there is no index \"nobody\""},
    {"OddName", [](auto& c) { c.set_index("La yer\n"); },
     grpc::StatusCode::INVALID_ARGUMENT, "name must match"},
    {"NoWriter", [](auto& c) { c.set_writer_id(""); },
     grpc::StatusCode::INVALID_ARGUMENT, "writer_id must have 1..128"},
    {"SequenceZero", [](auto& c) { c.set_sequence(0); },
     grpc::StatusCode::INVALID_ARGUMENT, "sequence must be >= 1, got 0"},
    {"SequenceGap", [](auto& c) { c.set_sequence(3); },
     grpc::StatusCode::FAILED_PRECONDITION,
     "sequence must be 1 for writer \"writer\", got 3"},
    {"WrongDim",
     [](auto& c) {
       *c.mutable_set_rows()->mutable_values() =
           client::ToMatrix(std::vector<float>(2 * 9, 1.0F), 2);
     },
     grpc::StatusCode::INVALID_ARGUMENT,
     "values must have shape [2, 8], got [2, 9]"},
    {"NoDtype",
     [](auto& c) {
       c.mutable_set_rows()->mutable_values()->set_dtype(
           v1::DATA_TYPE_UNSPECIFIED);
     },
     grpc::StatusCode::INVALID_ARGUMENT, "dtype must be FP32"},
    {"UnknownDtype",
     [](auto& c) {
       c.mutable_set_rows()->mutable_values()->set_dtype(
           static_cast<v1::DataType>(77));
     },
     grpc::StatusCode::INVALID_ARGUMENT, "got 77"},
    {"ShortValues",
     [](auto& c) {
       c.mutable_set_rows()->mutable_values()->mutable_values()->pop_back();
     },
     grpc::StatusCode::INVALID_ARGUMENT, "2 * 8 * 4, got 63"},
    {"HugeRows",
     [](auto& c) {
       c.mutable_set_rows()->mutable_values()->set_rows(0xFFFFFFFFU);
       c.mutable_set_rows()->mutable_values()->set_cols(0xFFFFFFFFU);
     },
     grpc::StatusCode::INVALID_ARGUMENT, "got 64"},
    {"HugeRowsWithoutColumns",
     [](auto& c) {
       c.mutable_set_rows()->mutable_values()->set_rows(0xFFFFFFFFU);
       c.mutable_set_rows()->mutable_values()->set_cols(0);
       c.mutable_set_rows()->mutable_values()->clear_values();
     },
     grpc::StatusCode::INVALID_ARGUMENT, "values must have shape [2, 8]"},
    {"ScalesMissing",
     [](auto& c) {
       auto& matrix = *c.mutable_set_rows()->mutable_values();
       matrix.set_dtype(v1::DATA_TYPE_INT8);
       matrix.set_values(std::string(16, '\1'));
     },
     grpc::StatusCode::INVALID_ARGUMENT, "scales must have 8 bytes, got 0"},
    {"PartialId",
     [](auto& c) { c.mutable_set_rows()->mutable_row_ids()->pop_back(); },
     grpc::StatusCode::INVALID_ARGUMENT, "multiple of 4 bytes, got 7"},
    {"RowTooLarge",
     [](auto& c) {
       c.mutable_set_rows()->set_row_ids(Ids({7, 200}));
     },
     grpc::StatusCode::OUT_OF_RANGE, "row_ids[1] must be < 200, got 200"},
    {"RowTwice",
     [](auto& c) {
       c.mutable_set_rows()->set_row_ids(Ids({7, 7}));
     },
     grpc::StatusCode::INVALID_ARGUMENT, "got 7 twice"},
    {"NoRows",
     [](auto& c) {
       c.mutable_set_rows()->clear_row_ids();
       *c.mutable_set_rows()->mutable_values() = client::ToMatrix({}, 0);
     },
     grpc::StatusCode::INVALID_ARGUMENT, "at least one row"},
    {"NotANumber",
     [](auto& c) {
       std::vector<float> values(2 * 8, 1.0F);
       values[9] = std::numeric_limits<float>::quiet_NaN();
       *c.mutable_set_rows()->mutable_values() = client::ToMatrix(values, 2);
     },
     grpc::StatusCode::INVALID_ARGUMENT, "finite, got nan for row 8"},
    {"Infinite",
     [](auto& c) {
       std::vector<float> values(2 * 8, INFINITY);
       *c.mutable_set_rows()->mutable_values() = client::ToMatrix(values, 2);
     },
     grpc::StatusCode::INVALID_ARGUMENT, "finite, got inf"},
    {"NegativeDrift",
     [](auto& c) {
       c.mutable_drift()->set_row_ids(Ids({1}));
       const float distance = -1;
       c.mutable_drift()->set_distances(
           client::ToBytes(std::span(&distance, 1)));
     },
     grpc::StatusCode::INVALID_ARGUMENT, "distances[0] must be finite"},
    {"DriftWithoutDistances",
     [](auto& c) { c.mutable_drift()->set_row_ids(Ids({1})); },
     grpc::StatusCode::INVALID_ARGUMENT, "one value per row id"},
};

INSTANTIATE_TEST_SUITE_P(All, BadUpdateTest, ::testing::ValuesIn(kBadUpdates),
                         [](const auto& test) { return test.param.name; });

class UpdateRulesTest : public ServerFixture {};

TEST_F(UpdateRulesTest, ReplayedChunkIsAcknowledgedAndNotAppliedAgain) {
  StartServer();
  CreateLoaded("layer");
  v1::UpdateRequest chunk =
      SetChunk("layer", 1, {3}, std::vector<float>(kDim, 1.0F));
  const v1::RowValues rows = chunk.set_rows();
  *chunk.mutable_add_deltas() = rows;
  std::vector<v1::UpdateResponse> acks;
  ASSERT_TRUE(SendChunks({chunk, chunk}, &acks).ok());
  ASSERT_EQ(acks.size(), 2U);
  EXPECT_FALSE(acks[0].replayed());
  EXPECT_TRUE(acks[1].replayed());
  EXPECT_EQ(acks[0].state().applied_sequence(),
            acks[1].state().applied_sequence());
}

TEST_F(UpdateRulesTest, DeltaToARowThatWasNeverSetIsAFailedPrecondition) {
  StartServer();
  ASSERT_TRUE(client_->CreateIndex(SmallSpec("layer")).ok());
  v1::UpdateRequest chunk =
      SetChunk("layer", 1, {3}, std::vector<float>(kDim, 1.0F));
  const v1::RowValues rows = chunk.set_rows();
  *chunk.mutable_add_deltas() = rows;
  const grpc::Status status = SendChunks({chunk});
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "ROW_NOT_SET");
}

TEST_F(UpdateRulesTest, OversizedMessageIsRefusedAndTheServerLivesOn) {
  StartServer({"limits.max_message_bytes=65536"});
  CreateLoaded("layer");
  v1::UpdateRequest chunk =
      SetChunk("layer", 1, {3}, std::vector<float>(kDim, 1.0F));
  chunk.mutable_set_rows()->mutable_values()->mutable_values()->resize(100000);
  EXPECT_EQ(SendChunks({chunk}).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(client_->QueryNeurons(QueryFor("layer", 7)).ok());
}

TEST_F(UpdateRulesTest, ClientThatGoesAwayMidStreamLosesNothingAcknowledged) {
  StartServer();
  CreateLoaded("layer");
  {
    grpc::ClientContext context;
    const auto stream = stub_->Update(&context);
    v1::UpdateResponse ack;
    ASSERT_TRUE(stream->Write(
        SetChunk("layer", 1, {3}, std::vector<float>(kDim, 1.0F))));
    ASSERT_TRUE(stream->Read(&ack));
    context.TryCancel();
    (void)stream->Finish();
  }
  const auto status = client_->GetIndexStatus("layer");
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->writer_sequences().at("writer"), 1U);
}

}  // namespace
}  // namespace mongoose::testing
