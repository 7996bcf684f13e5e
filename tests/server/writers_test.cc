// Workers that share an index, die, come back or lose the network.
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/support/server_fixture.h"
#include "tests/support/tcp_proxy.h"

namespace mongoose::testing {
namespace {

class WritersTest : public ServerFixture {
 protected:
  // Value `column` of a row, read back through a query along that axis.
  float ReadBack(const std::string& index, std::uint32_t row, int column) {
    v1::QueryNeuronsRequest request;
    request.set_index(index);
    std::vector<float> axis(kDim, 0.0F);
    axis[static_cast<std::size_t>(column)] = 1;
    *request.mutable_queries() = client::ToMatrix(axis, 1);
    const std::uint32_t offsets[] = {0, 1};
    request.set_label_offsets(
        client::ToBytes(std::span<const std::uint32_t>(offsets)));
    request.set_label_ids(
        client::ToBytes(std::span<const std::uint32_t>(&row, 1)));
    request.mutable_plan()->set_num_active(0);
    request.set_want_scores(true);
    const auto answer = client_->QueryNeurons(request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return client::FromBytes<float>(answer->scores()).front();
  }

  // Answers that depend on codes and tables only.
  std::string CodeAnswers(const std::string& index) {
    v1::QueryNeuronsRequest request = QueryFor(index, 0);
    std::vector<float> queries;
    for (std::uint32_t row = 0; row < 64; ++row) {
      const auto one = RowOf(row + 1000);
      queries.insert(queries.end(), one.begin(), one.end());
    }
    *request.mutable_queries() = client::ToMatrix(queries, 64);
    request.mutable_plan()->set_rerank(false);
    request.mutable_plan()->set_use_hot_list(false);
    request.mutable_plan()->set_num_active(50);
    request.set_want_hits(true);
    const auto answer = client_->QueryNeurons(request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer->ids() + answer->hits();
  }

  void WaitUntilHashed(const std::string& index) {
    for (int i = 0; i < 1000; ++i) {
      const auto status = client_->GetIndexStatus(index);
      ASSERT_TRUE(status.ok());
      const v1::IndexState& state = status->state();
      if (state.hashed_sequence() == state.applied_sequence()) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    FAIL() << "the rows were not hashed";
  }
};

constexpr int kSteps = 300;

TEST_F(WritersTest, DeltasAreAppliedOnceAcrossConnectionCuts) {
  StartServer();
  CreateLoaded("layer");
  const float start = ReadBack("layer", 5, 2);
  TcpProxy proxy(server_->ports().front());
  const auto far = Connect(proxy.target());
  const auto updates =
      far->OpenUpdateStream("layer", "w", {.chunk_bytes = 1024});
  std::vector<float> delta(kDim, 0.0F);
  delta[2] = 1;
  const std::uint32_t row = 5;
  for (int step = 0; step < kSteps; ++step) {
    ASSERT_TRUE(updates->AddDeltas(std::span(&row, 1), delta).ok());
    if (step % 60 == 30) proxy.Cut();
    if (step % 20 == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  const absl::Status acked = updates->WaitAcked(absl::Seconds(60));
  ASSERT_TRUE(acked.ok()) << acked;
  EXPECT_FLOAT_EQ(ReadBack("layer", 5, 2), start + kSteps);
}

TEST_F(WritersTest, RestartedWriterGoesOnAfterItsLastAppliedSequence) {
  StartServer();
  CreateLoaded("layer");
  const float start = ReadBack("layer", 9, 0);
  std::vector<float> delta(kDim, 0.0F);
  delta[0] = 1;
  const std::uint32_t row = 9;
  {
    const auto dying = client_->OpenUpdateStream("layer", "w");
    for (int step = 0; step < kSteps; ++step) {
      ASSERT_TRUE(dying->AddDeltas(std::span(&row, 1), delta).ok());
    }
  }  // dies with chunks in flight
  const auto applied = client_->GetIndexStatus("layer")->writer_sequences();
  const std::uint64_t done = applied.contains("w") ? applied.at("w") : 0;
  const auto reborn = client_->OpenUpdateStream("layer", "w");
  for (std::uint64_t step = done; step < kSteps; ++step) {
    ASSERT_TRUE(reborn->AddDeltas(std::span(&row, 1), delta).ok());
  }
  ASSERT_TRUE(reborn->WaitAcked(absl::Seconds(30)).ok());
  EXPECT_FLOAT_EQ(ReadBack("layer", 9, 0), start + kSteps);
}

TEST_F(WritersTest, TwoWritersAtOnceLeaveTheIndexOfTheFinalRows) {
  StartServer();
  CreateLoaded("layer");
  const auto write = [this](const std::string& writer, std::uint32_t first) {
    const auto updates = client_->OpenUpdateStream("layer", writer);
    for (std::uint32_t step = 0; step < 100; ++step) {
      const std::uint32_t row = first + step % (kRows / 2);
      ASSERT_TRUE(updates->SetRows(std::span(&row, 1), RowOf(row + step)).ok());
    }
    ASSERT_TRUE(updates->WaitAcked(absl::Seconds(30)).ok());
  };
  {
    const std::jthread even([&] { write("a", 0); });
    const std::jthread odd([&] { write("b", kRows / 2); });
  }
  WaitUntilHashed("layer");
  CreateLoaded("scratch");
  const auto updates = client_->OpenUpdateStream("scratch", "final");
  for (std::uint32_t step = 0; step < 100; ++step) {
    for (const std::uint32_t first : {0U, kRows / 2}) {
      const std::uint32_t row = first + step % (kRows / 2);
      ASSERT_TRUE(updates->SetRows(std::span(&row, 1), RowOf(row + step)).ok());
    }
  }
  ASSERT_TRUE(updates->WaitAcked(absl::Seconds(30)).ok());
  WaitUntilHashed("scratch");
  EXPECT_EQ(CodeAnswers("layer"), CodeAnswers("scratch"));
}

TEST_F(WritersTest, DriftReportsAskForTheRowsThatMatter) {
  StartServer();
  v1::IndexSpec spec = SmallSpec("layer");
  spec.mutable_rehash_policy()
      ->mutable_drift_threshold()
      ->set_max_row_staleness(0.2F);
  ASSERT_TRUE(client_->CreateIndex(spec).ok());
  const auto updates = client_->OpenUpdateStream("layer", "w");
  for (std::uint32_t row = 0; row < kRows; ++row) {
    ASSERT_TRUE(updates->SetRows(std::span(&row, 1), RowOf(row)).ok());
  }
  ASSERT_TRUE(updates->WaitAcked(absl::Seconds(30)).ok());
  WaitUntilHashed("layer");
  const std::uint32_t rows[] = {3, 4};
  const float distances[] = {100.0F, 1e-6F};
  ASSERT_TRUE(updates->ReportDrift(rows, distances).ok());
  ASSERT_TRUE(updates->WaitAcked(absl::Seconds(30)).ok());
  EXPECT_EQ(updates->TakeRowsWanted(), std::vector<std::uint32_t>{3});
}

TEST_F(WritersTest, RefusedChunkFailsTheStreamWithTheServersStatus) {
  StartServer();
  CreateLoaded("layer");
  const auto updates = client_->OpenUpdateStream("layer", "w");
  const std::uint32_t row = kRows;
  ASSERT_TRUE(updates->SetRows(std::span(&row, 1), RowOf(1)).ok());
  EXPECT_EQ(updates->WaitAcked(absl::Seconds(30)).code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_FALSE(updates->SetRows(std::span(&row, 1), RowOf(1)).ok());
}

}  // namespace
}  // namespace mongoose::testing
