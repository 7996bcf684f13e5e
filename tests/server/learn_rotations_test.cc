// Learning rotations over the wire.
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <string>
#include <vector>

#include "tests/support/planted_sequences.h"
#include "tests/support/server_fixture.h"

namespace mongoose::testing {
namespace {

using test_support::PlantedSequences;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::uint32_t kSeq = 96;

v1::LearnHashRequest Chunk(std::uint32_t heads, std::uint64_t seed) {
  const PlantedSequences planted(heads, kSeq, seed);
  v1::LearnHashRequest chunk;
  chunk.set_index("heads");
  *chunk.mutable_sequences()->mutable_vectors() =
      client::ToMatrix(planted.values, heads * kSeq);
  chunk.mutable_sequences()->set_seq(kSeq);
  return chunk;
}

class LearnRotationsTest : public ServerFixture {
 protected:
  void SetUp() override {
    StartServer();
    v1::IndexSpec spec;
    spec.set_name("heads");
    spec.set_kind(v1::INDEX_KIND_ATTENTION);
    spec.set_dim(PlantedSequences::kDim);
    spec.mutable_attention()->set_bucket_size(6);
    spec.mutable_attention()->set_max_buckets(16);
    spec.mutable_attention()->set_causal(true);
    const auto created = client_->CreateIndex(spec);
    ASSERT_TRUE(created.ok()) << created.status();
    EXPECT_EQ(created->spec().learning().mode(), v1::LEARN_MODE_MANUAL);
    EXPECT_TRUE(created->spec().attention().causal());
  }
  grpc::Status Learn(const std::vector<v1::LearnHashRequest>& chunks,
                     v1::LearnHashResponse& response) {
    grpc::ClientContext context;
    const auto writer = stub_->LearnHash(&context, &response);
    for (const auto& chunk : chunks) {
      if (!writer->Write(chunk)) break;
    }
    writer->WritesDone();
    return writer->Finish();
  }
  // GetProjection that waits for a version above `version`.
  grpc::Status WaitFor(std::uint64_t version, std::chrono::milliseconds most,
                       v1::GetProjectionResponse& response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + most);
    v1::GetProjectionRequest request;
    request.set_name("heads");
    request.set_newer_than(version);
    return stub_->GetProjection(&context, request, &response);
  }
};

TEST_F(LearnRotationsTest, WhoeverWaitsIsToldAtOnceWhenTheServerDrains) {
  auto waiting = std::async(std::launch::async, [&] {
    v1::GetProjectionResponse response;
    return WaitFor(1, std::chrono::seconds(60), response);
  });
  ASSERT_EQ(waiting.wait_for(std::chrono::milliseconds(300)),
            std::future_status::timeout);
  const auto start = std::chrono::steady_clock::now();
  server_->Shutdown();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(waiting.get().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(LearnRotationsTest, AdoptsThemAndTellsWhoWaits) {
  const auto before = client_->GetProjection("heads");
  ASSERT_TRUE(before.ok());
  auto waiting = std::async(std::launch::async, [&] {
    v1::GetProjectionResponse response;
    EXPECT_TRUE(WaitFor(1, std::chrono::seconds(60), response).ok());
    return response;
  });
  v1::LearnHashResponse response;
  const grpc::Status status = Learn({Chunk(16, 1), Chunk(16, 2)}, response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(response.adopted()) << response.reason();
  EXPECT_EQ(response.state().index_version(), 2U);
  EXPECT_GT(response.candidate().all(), response.hot_list().all());
  const v1::GetProjectionResponse after = waiting.get();
  EXPECT_EQ(after.state().index_version(), 2U);
  EXPECT_NE(after.rotations().values(), before->rotations().values());

  const auto index_status = client_->GetIndexStatus("heads");
  ASSERT_TRUE(index_status.ok());
  EXPECT_EQ(index_status->learning().adopted(), 1U);
  EXPECT_EQ(index_status->learning().training_queries(), 24U);
  EXPECT_THAT(index_status->learning().last_verdict(), StartsWith("adopted"));

  // The version before is still there for who asks for it.
  v1::QueryBucketsRequest query;
  query.set_index("heads");
  *query.mutable_sequences() = Chunk(1, 9).sequences();
  query.set_index_version(1);
  const auto old = client_->QueryBuckets(query);
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_EQ(old->index_version(), 1U);
  query.set_index_version(0);
  const auto now = client_->QueryBuckets(query);
  EXPECT_EQ(now->index_version(), 2U);
  EXPECT_NE(now->sequences().buckets(), old->sequences().buckets());
}

TEST_F(LearnRotationsTest, WaitingEndsWithTheDeadline) {
  v1::GetProjectionResponse response;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(WaitFor(1, std::chrono::milliseconds(200), response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_TRUE(WaitFor(0, std::chrono::seconds(10), response).ok());
}

TEST_F(LearnRotationsTest, WhatCannotComeIsNotWaitedFor) {
  v1::GetProjectionResponse response;
  const grpc::Status future = WaitFor(7, std::chrono::seconds(60), response);
  EXPECT_EQ(future.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(ReasonOf(future), "VERSION_GONE");
  grpc::ClientContext context;
  v1::GetProjectionRequest both;
  both.set_name("heads");
  both.set_newer_than(1);
  both.set_index_version(1);
  EXPECT_EQ(stub_->GetProjection(&context, both, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(LearnRotationsTest, WaitingEndsWithTheIndex) {
  auto waiting = std::async(std::launch::async, [&] {
    v1::GetProjectionResponse response;
    return WaitFor(1, std::chrono::seconds(60), response).error_code();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_TRUE(client_->DeleteIndex("heads").ok());
  EXPECT_EQ(waiting.get(), grpc::StatusCode::NOT_FOUND);
}

struct BadLesson {
  std::string name;
  std::function<void(v1::LearnHashRequest&)> spoil;
  std::string message;
};

class BadLessonTest : public LearnRotationsTest,
                      public ::testing::WithParamInterface<BadLesson> {};

TEST_P(BadLessonTest, IsRefused) {
  std::vector<v1::LearnHashRequest> chunks = {Chunk(8, 1), Chunk(8, 2)};
  GetParam().spoil(chunks.back());
  v1::LearnHashResponse response;
  const grpc::Status status = Learn(chunks, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr(GetParam().message));
  EXPECT_EQ(client_->GetIndexStatus("heads")->learning().refused(), 0U);
}

const BadLesson kBadLessons[] = {
    {"OtherIndex", [](auto& c) { c.set_index("other"); },
     "index must be the same in every chunk"},
    {"Pairs", [](auto& c) { c.set_row_ids("1234"); },
     "queries and row_ids must not be set of kind ATTENTION"},
    {"NoSequences", [](auto& c) { c.clear_sequences(); }, "sequences.vectors"},
    {"OtherLength", [](auto& c) { c.mutable_sequences()->set_seq(48); },
     "sequences.seq must be the same in every chunk, got 48 after 96"},
    {"Decoding", [](auto& c) { c.mutable_sequences()->set_num_earlier(1); },
     "sequences.num_earlier must be 0 to learn from, got 1"},
    {"WrongMask", [](auto& c) { c.mutable_sequences()->set_mask("123"); },
     "sequences.mask must be empty or"},
    {"NotANumber",
     [](auto& c) {
       std::vector<float> values(8 * kSeq * PlantedSequences::kDim, 1.0F);
       values[PlantedSequences::kDim] = std::numeric_limits<float>::infinity();
       *c.mutable_sequences()->mutable_vectors() =
           client::ToMatrix(values, 8 * kSeq);
     },
     "sequences.vectors must be finite, got inf in row 1, column 0"},
};

INSTANTIATE_TEST_SUITE_P(All, BadLessonTest, ::testing::ValuesIn(kBadLessons),
                         [](const auto& param_info) {
                           return param_info.param.name;
                         });

TEST_F(LearnRotationsTest, NeedsEightHeads) {
  v1::LearnHashResponse response;
  const grpc::Status status = Learn({Chunk(7, 1)}, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(),
              StartsWith("heads must be at least 8 with two"));
}

TEST_F(LearnRotationsTest, NeuronIndexesTakeNoSequences) {
  CreateLoaded("layer");
  v1::LearnHashRequest chunk = Chunk(8, 1);
  chunk.set_index("layer");
  v1::LearnHashResponse response;
  const grpc::Status status = Learn({chunk}, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(),
              HasSubstr("sequences must not be set of kind NEURON"));
}

}  // namespace
}  // namespace mongoose::testing
