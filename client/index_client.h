// Typed calls to a mongoose server.
//
//   auto client = IndexClient::Connect({.target = "unix:/run/mongoose.sock"});
//   client->CreateIndex(spec);
//   auto updates = client->OpenUpdateStream("layer", "worker-0");
//   updates->SetRows(ids, values);
//   updates->WaitAcked(absl::Seconds(30));
//   client->QueryNeurons(request);
//
// Every call returns the server's status with its message; wire_bytes.h turns
// the bytes of an answer into numbers.
// Thread-safety: all methods may be called at once from any thread.
#ifndef MONGOOSE_CLIENT_INDEX_CLIENT_H_
#define MONGOOSE_CLIENT_INDEX_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/update_stream.h"

#include "mongoose/v1/index_service.grpc.pb.h"

namespace mongoose::client {

// Files in PEM format.
struct TlsFiles {
  std::string ca;           // authorities to trust; empty: plain text, no TLS
  std::string certificate;  // shown to a server that asks for one
  std::string private_key;
};

struct ClientOptions {
  std::string target = "127.0.0.1:50051";      // host:port or unix:/path
  absl::Duration timeout = absl::Seconds(30);  // per unary call
  absl::Duration connect_timeout = absl::Seconds(10);  // for Connect
  int max_message_bytes = 256 << 20;                   // both directions
  TlsFiles tls;
};

class IndexClient {
 public:
  // Waits until the server says that it serves.  Unavailable with the target
  // when it does not within connect_timeout; NotFound when a TLS file cannot be
  // read, InvalidArgument when one is missing.
  static absl::StatusOr<std::unique_ptr<IndexClient>> Connect(
      const ClientOptions& options);

  // Retries UNAVAILABLE; creating an equal index again is not an error.
  absl::StatusOr<v1::CreateIndexResponse> CreateIndex(
      const v1::IndexSpec& spec);
  absl::StatusOr<v1::IndexSpec> GetIndex(const std::string& name);
  // All pages.
  absl::StatusOr<std::vector<v1::IndexSpec>> ListIndexes();
  absl::Status DeleteIndex(const std::string& name);
  absl::StatusOr<v1::GetIndexStatusResponse> GetIndexStatus(
      const std::string& name);
  absl::StatusOr<v1::GetProjectionResponse> GetProjection(
      const std::string& name);
  absl::StatusOr<v1::QueryNeuronsResponse> QueryNeurons(
      const v1::QueryNeuronsRequest& request);
  absl::StatusOr<v1::QueryBucketsResponse> QueryBuckets(
      const v1::QueryBucketsRequest& request);

  // Polls until the index has published a snapshot.  DeadlineExceeded with
  // the number of rows set when it has not within `timeout`.
  absl::Status WaitForSnapshot(const std::string& name, absl::Duration timeout);

  // One stream per writer id at a time; see update_stream.h.  The stream
  // keeps the channel alive and may outlive this client.
  std::unique_ptr<UpdateStream> OpenUpdateStream(
      const std::string& index, const std::string& writer_id,
      const UpdateStreamOptions& options = {});

 private:
  IndexClient(const ClientOptions& options,
              std::shared_ptr<v1::IndexService::Stub> stub);

  ClientOptions options_;
  std::shared_ptr<v1::IndexService::Stub> stub_;
};

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_INDEX_CLIENT_H_
