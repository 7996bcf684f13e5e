// Queues, deadlines, cancellation, health, metrics and the orderly end.
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/support/server_fixture.h"

namespace mongoose::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class CallHandlingTest : public ServerFixture {
 protected:
  // A query that waits until its deadline for a chunk nobody sends.
  grpc::Status WaitInQuery(milliseconds timeout) {
    v1::QueryNeuronsRequest request = QueryFor("layer", 1);
    request.set_min_sequence(1000000);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + timeout);
    v1::QueryNeuronsResponse response;
    return stub_->QueryNeurons(&context, request, &response);
  }
};

TEST_F(CallHandlingTest, QueryWaitsForMinSequenceAndThenSeesIt) {
  StartServer();
  CreateLoaded("layer");
  const auto now = client_->GetIndexStatus("layer")->state();
  std::jthread writer([&] {
    (void)SendChunks(
        {SetChunk("layer", 1, {1}, std::vector<float>(kDim, 9.0F))});
  });
  v1::QueryNeuronsRequest request = QueryFor("layer", 1);
  request.set_min_sequence(now.applied_sequence() + 1);
  const auto answer = client_->QueryNeurons(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_GE(answer->state().applied_sequence(), request.min_sequence());
}

TEST_F(CallHandlingTest, DeadlineEndsAWaitingQueryAndFreesItsThread) {
  StartServer({"pools.query_threads=1"});
  CreateLoaded("layer");
  EXPECT_EQ(WaitInQuery(milliseconds(100)).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(client_->QueryNeurons(QueryFor("layer", 1)).ok());
}

TEST_F(CallHandlingTest, WaitingQueriesHoldNoThread) {
  StartServer({"pools.query_threads=1"});
  CreateLoaded("layer");
  std::atomic<int> ended{0};
  std::vector<std::jthread> waiting;
  for (int i = 0; i < 8; ++i) {
    waiting.emplace_back([&] {
      EXPECT_EQ(WaitInQuery(milliseconds(2000)).error_code(),
                grpc::StatusCode::DEADLINE_EXCEEDED);
      ++ended;
    });
  }
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(client_->QueryNeurons(QueryFor("layer", 1)).ok());
  }
  EXPECT_EQ(ended, 0);
}

TEST_F(CallHandlingTest, DeadlineInThePastIsExceeded) {
  StartServer();
  CreateLoaded("layer");
  EXPECT_EQ(WaitInQuery(milliseconds(-1000)).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(CallHandlingTest, FullQueueRefusesWithItsReason) {
  StartServer({"pools.query_threads=1", "pools.query_queue=1"});
  CreateLoaded("layer");
  std::vector<std::jthread> waiting;
  std::atomic<int> refused{0};
  for (int i = 0; i < 6; ++i) {
    waiting.emplace_back([&] {
      const grpc::Status status = WaitInQuery(milliseconds(1500));
      if (ReasonOf(status) == "QUEUE_FULL") ++refused;
    });
  }
  waiting.clear();  // joins
  EXPECT_GE(refused.load(), 4);
}

TEST_F(CallHandlingTest, StreamedQueriesAnswerInOrderLikeUnaryOnes) {
  StartServer();
  CreateLoaded("layer");
  grpc::ClientContext context;
  const auto stream = stub_->StreamQueryNeurons(&context);
  for (std::uint32_t row = 0; row < 20; ++row) {
    v1::StreamQueryNeuronsRequest request;
    *request.mutable_query() = QueryFor("layer", row);
    ASSERT_TRUE(stream->Write(request));
    v1::StreamQueryNeuronsResponse response;
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.answer().ids(),
              client_->QueryNeurons(QueryFor("layer", row))->ids());
  }
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(CallHandlingTest, IdsComeAsDeltasWhenWanted) {
  StartServer();
  CreateLoaded("layer");
  for (const auto layout :
       {v1::ANSWER_LAYOUT_PER_SAMPLE, v1::ANSWER_LAYOUT_UNION}) {
    v1::QueryNeuronsRequest request = QueryFor("layer", 1);
    request.set_layout(layout);
    const auto plain = client_->QueryNeurons(request);
    request.set_want_id_deltas(true);
    const auto deltas = client_->QueryNeurons(request);
    ASSERT_TRUE(plain.ok() && deltas.ok());
    EXPECT_FALSE(plain->ids().empty());
    EXPECT_TRUE(plain->id_deltas().empty());
    EXPECT_TRUE(deltas->ids().empty());
    EXPECT_EQ(client::AnswerIds(*deltas), client::AnswerIds(*plain));
  }
}

TEST_F(CallHandlingTest, ShutdownEndsIdleStreamsAndFailsCallsAsUnavailable) {
  StartServer({"shutdown.drain_ms=500", "shutdown.grace_ms=5000"});
  CreateLoaded("layer");
  std::atomic<bool> stop{false};
  std::atomic<int> answered{0};
  std::atomic<int> other_codes{0};
  std::jthread caller([&] {
    while (!stop) {
      // Health checks tell this client to leave before connections close.
      const auto answer = client_->QueryNeurons(QueryFor("layer", 1));
      if (answer.ok()) ++answered;
      if (!answer.ok() && !absl::IsUnavailable(answer.status())) ++other_codes;
    }
  });
  grpc::ClientContext context;
  const auto idle = stub_->Update(&context);
  v1::UpdateResponse ack;
  ASSERT_TRUE(
      idle->Write(SetChunk("layer", 1, {1}, std::vector<float>(kDim, 1.0F))));
  ASSERT_TRUE(idle->Read(&ack));
  while (answered == 0) std::this_thread::yield();
  const auto start = steady_clock::now();
  server_->Shutdown();
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(4));
  EXPECT_EQ(idle->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  stop = true;
  caller.join();
  EXPECT_EQ(other_codes.load(), 0);
}

TEST_F(CallHandlingTest, FeaturesNotBuiltSayWhich) {
  StartServer();
  CreateLoaded("layer");
  grpc::ClientContext context;
  v1::SaveSnapshotRequest request;
  request.set_name("layer");
  v1::SaveSnapshotResponse response;
  const grpc::Status status = stub_->SaveSnapshot(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(ReasonOf(status), "STORE_NOT_BUILT");
}

TEST_F(CallHandlingTest, ProjectionTellsItsSpecAndDirections) {
  StartServer();
  v1::IndexSpec spec = SmallSpec("layer");
  spec.mutable_hash()->set_family(v1::HASH_FAMILY_DENSE_GAUSSIAN);
  ASSERT_TRUE(client_->CreateIndex(spec).ok());
  EXPECT_EQ(client_->GetProjection("layer").status().code(),
            absl::StatusCode::kFailedPrecondition);
  CreateLoaded("ready");
  const auto projection = client_->GetProjection("ready");
  ASSERT_TRUE(projection.ok());
  EXPECT_EQ(projection->hash().num_tables(), 8U);
  EXPECT_EQ(projection->row_means().cols(), kDim);
}

TEST_F(CallHandlingTest, IndexesAreListedInPages) {
  StartServer();
  for (const char* name : {"c", "a", "b"}) {
    ASSERT_TRUE(client_->CreateIndex(SmallSpec(name)).ok());
  }
  grpc::ClientContext context;
  v1::ListIndexesRequest request;
  request.set_page_size(2);
  v1::ListIndexesResponse page;
  ASSERT_TRUE(stub_->ListIndexes(&context, request, &page).ok());
  EXPECT_EQ(page.specs(1).name(), "b");
  EXPECT_EQ(page.next_page_token(), "b");
  EXPECT_EQ(client_->ListIndexes()->size(), 3U);
  ASSERT_TRUE(client_->DeleteIndex("b").ok());
  EXPECT_EQ(client_->DeleteIndex("b").code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace mongoose::testing
