#ifndef MONGOOSE_TESTS_SUPPORT_SERVER_FIXTURE_H_
#define MONGOOSE_TESTS_SUPPORT_SERVER_FIXTURE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include "client/index_client.h"
#include "client/wire_bytes.h"
#include "server/config.h"
#include "server/index_server.h"
#include "server/log.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "mongoose/v1/index_service.grpc.pb.h"

namespace mongoose::testing {

// A server in this process on a free port, with a raw stub and a client.
class ServerFixture : public ::testing::Test {
 protected:
  // Call first; `overrides` as for --set.
  void StartServer(std::vector<std::string> overrides = {}) {
    overrides.insert(
        overrides.begin(),
        {"listen.addresses=[\"127.0.0.1:0\"]", "listen.metrics_address=off",
         "shutdown.drain_ms=50", "log.level=error"});
    const auto config = server::LoadConfig("", overrides);
    ASSERT_TRUE(config.ok()) << config.status();
    server::SetUpLog(config->log());
    auto server = server::IndexServer::Start(*config);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    target_ = "127.0.0.1:" + std::to_string(server_->ports().front());
    stub_ = v1::IndexService::NewStub(
        grpc::CreateChannel(target_, grpc::InsecureChannelCredentials()));
    client_ = Connect(target_);
  }

  static std::unique_ptr<client::IndexClient> Connect(
      const std::string& target) {
    auto client = client::IndexClient::Connect({.target = target});
    EXPECT_TRUE(client.ok()) << client.status();
    return client.ok() ? *std::move(client) : nullptr;
  }

  // An index whose tables follow every row at once (tolerance 0).
  static v1::IndexSpec SmallSpec(const std::string& name) {
    v1::IndexSpec spec;
    spec.set_name(name);
    spec.set_num_rows(kRows);
    spec.set_dim(kDim);
    spec.mutable_hash()->set_family(v1::HASH_FAMILY_ORTHOGONAL);
    spec.mutable_hash()->set_bits_per_table(6);
    spec.mutable_hash()->set_num_tables(8);
    auto& drift = *spec.mutable_rehash_policy()->mutable_drift_threshold();
    drift.set_max_row_staleness(0);
    drift.set_min_batch_rows(1);
    return spec;
  }

  // Creates an index of kRows and sets row i to RowOf(i).
  void CreateLoaded(const std::string& name) { CreateLoaded(SmallSpec(name)); }
  void CreateLoaded(const v1::IndexSpec& spec) {
    const std::string& name = spec.name();
    ASSERT_TRUE(client_->CreateIndex(spec).ok());
    std::vector<std::uint32_t> ids;
    std::vector<float> values;
    for (std::uint32_t row = 0; row < kRows; ++row) {
      ids.push_back(row);
      const std::vector<float> one = RowOf(row);
      values.insert(values.end(), one.begin(), one.end());
    }
    const auto updates = client_->OpenUpdateStream(name, "loader");
    ASSERT_TRUE(updates->SetRows(ids, values).ok());
    ASSERT_TRUE(updates->WaitAcked(absl::Seconds(20)).ok());
    ASSERT_TRUE(client_->WaitForSnapshot(name, absl::Seconds(20)).ok());
  }

  // A fixed direction per row, all different.
  static std::vector<float> RowOf(std::uint32_t row) {
    std::vector<float> values(kDim);
    std::uint32_t state = row * 2654435761U + 12345U;
    for (float& value : values) {
      state = state * 1664525U + 1013904223U;
      value = static_cast<float>(state >> 8) / 8388608.0F - 1.0F;
    }
    return values;
  }

  static v1::QueryNeuronsRequest QueryFor(const std::string& index,
                                          std::uint32_t row) {
    v1::QueryNeuronsRequest request;
    request.set_index(index);
    *request.mutable_queries() = client::ToMatrix(RowOf(row), 1);
    request.mutable_plan()->set_num_active(4);
    request.mutable_plan()->set_min_hits(1);
    return request;
  }

  // Sends chunks over one raw stream; the status it ends with.
  grpc::Status SendChunks(const std::vector<v1::UpdateRequest>& chunks,
                          std::vector<v1::UpdateResponse>* acks = nullptr) {
    grpc::ClientContext context;
    const auto stream = stub_->Update(&context);
    for (const v1::UpdateRequest& chunk : chunks) {
      v1::UpdateResponse ack;
      if (!stream->Write(chunk) || !stream->Read(&ack)) break;
      if (acks != nullptr) acks->push_back(ack);
    }
    stream->WritesDone();
    return stream->Finish();
  }

  // A chunk that sets `row` to `values`.
  static v1::UpdateRequest SetChunk(const std::string& index,
                                    std::uint64_t sequence,
                                    std::vector<std::uint32_t> rows,
                                    std::vector<float> values) {
    v1::UpdateRequest chunk;
    chunk.set_index(index);
    chunk.set_writer_id("writer");
    chunk.set_sequence(sequence);
    chunk.mutable_set_rows()->set_row_ids(
        client::ToBytes(std::span<const std::uint32_t>(rows)));
    *chunk.mutable_set_rows()->mutable_values() =
        client::ToMatrix(values, static_cast<std::uint32_t>(rows.size()));
    return chunk;
  }

  // The reason of the ErrorInfo in a status; empty without one.
  static std::string ReasonOf(const grpc::Status& status) {
    google::rpc::Status details;
    if (!details.ParseFromString(status.error_details())) return "";
    for (const auto& any : details.details()) {
      google::rpc::ErrorInfo info;
      if (any.UnpackTo(&info)) return info.reason();
    }
    return "";
  }
  // The field of the first BadRequest violation; empty without one.
  static std::string FieldOf(const grpc::Status& status) {
    google::rpc::Status details;
    if (!details.ParseFromString(status.error_details())) return "";
    for (const auto& any : details.details()) {
      google::rpc::BadRequest request;
      if (any.UnpackTo(&request)) return request.field_violations(0).field();
    }
    return "";
  }

  static constexpr std::uint32_t kRows = 200;
  static constexpr std::uint32_t kDim = 8;

  std::unique_ptr<server::IndexServer> server_;
  std::string target_;
  std::unique_ptr<v1::IndexService::Stub> stub_;
  std::unique_ptr<client::IndexClient> client_;
};

}  // namespace mongoose::testing

#endif  // MONGOOSE_TESTS_SUPPORT_SERVER_FIXTURE_H_
