#include "client/index_client.h"

#include <chrono>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>
#include <utility>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/call_status.h"

namespace mongoose::client {
namespace {

// Unary calls are retried by gRPC itself while the server is away (CANCELLED:
// gRPC's answer to calls that arrive as a server shuts down); round_robin
// with health checks leaves a server that drains before it closes.  Streams
// are not: gRPC's replay of a stream loses messages of its first attempt, and
// UpdateStream has a replay of its own.
constexpr char kServiceConfig[] = R"({
  "loadBalancingConfig": [{"round_robin": {}}],
  "healthCheckConfig": {"serviceName": "mongoose.v1.IndexService"},
  "methodConfig": [{
    "name": [
      {"service": "mongoose.v1.IndexService", "method": "Update"},
      {"service": "mongoose.v1.IndexService", "method": "StreamQueryNeurons"},
      {"service": "mongoose.v1.IndexService", "method": "StreamQueryBuckets"}
    ]
  }, {
    "name": [{"service": "mongoose.v1.IndexService"}],
    "retryPolicy": {
      "maxAttempts": 5,
      "initialBackoff": "0.1s",
      "maxBackoff": "2s",
      "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"]
    }
  }]
})";

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  if (path.empty()) return "";
  std::ifstream file(path);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return absl::NotFoundError(
        absl::StrCat("TLS file \"", path, "\" cannot be read"));
  }
  return std::move(text).str();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(
    const TlsFiles& files) {
  if (files.ca.empty() && files.certificate.empty() &&
      files.private_key.empty()) {
    return grpc::InsecureChannelCredentials();
  }
  if (files.ca.empty() ||
      files.certificate.empty() != files.private_key.empty()) {
    return absl::InvalidArgumentError(
        "TLS must have authorities to trust, and a certificate and its key "
        "only together");
  }
  grpc::SslCredentialsOptions options;
  for (const auto& [path, text] :
       {std::pair(&files.ca, &options.pem_root_certs),
        std::pair(&files.certificate, &options.pem_cert_chain),
        std::pair(&files.private_key, &options.pem_private_key)}) {
    auto read = ReadPem(*path);
    if (!read.ok()) return read.status();
    *text = *std::move(read);
  }
  return grpc::SslCredentials(options);
}

std::shared_ptr<grpc::Channel> CreateChannel(
    const ClientOptions& options,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(kServiceConfig);
  arguments.SetMaxReceiveMessageSize(options.max_message_bytes);
  arguments.SetMaxSendMessageSize(options.max_message_bytes);
  // A worker that waits for a restarted server should find it soon.
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  return grpc::CreateCustomChannel(options.target, credentials, arguments);
}

std::chrono::system_clock::time_point Deadline(absl::Duration timeout) {
  return std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout);
}

// Calls `method` of the stub with a deadline.
template <typename Request, typename Response>
absl::StatusOr<Response> Call(
    v1::IndexService::Stub& stub,
    grpc::Status (v1::IndexService::Stub::*method)(grpc::ClientContext*,
                                                   const Request&, Response*),
    const Request& request, absl::Duration timeout) {
  grpc::ClientContext context;
  context.set_deadline(Deadline(timeout));
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return ToAbslStatus(status);
  return response;
}

}  // namespace

IndexClient::IndexClient(const ClientOptions& options,
                         std::shared_ptr<v1::IndexService::Stub> stub)
    : options_(options), stub_(std::move(stub)) {}

absl::StatusOr<std::unique_ptr<IndexClient>> IndexClient::Connect(
    const ClientOptions& options) {
  const auto credentials = MakeCredentials(options.tls);
  if (!credentials.ok()) return credentials.status();
  const auto channel = CreateChannel(options, *credentials);
  if (!channel->WaitForConnected(Deadline(options.connect_timeout))) {
    return absl::UnavailableError(absl::StrCat(
        "no mongoose server answers at ", options.target, " within ",
        absl::FormatDuration(options.connect_timeout)));
  }
  return std::unique_ptr<IndexClient>(
      new IndexClient(options, v1::IndexService::NewStub(channel)));
}

absl::StatusOr<v1::CreateIndexResponse> IndexClient::CreateIndex(
    const v1::IndexSpec& spec) {
  v1::CreateIndexRequest request;
  *request.mutable_spec() = spec;
  return Call(*stub_, &v1::IndexService::Stub::CreateIndex, request,
              options_.timeout);
}

absl::StatusOr<v1::IndexSpec> IndexClient::GetIndex(const std::string& name) {
  v1::GetIndexRequest request;
  request.set_name(name);
  auto response = Call(*stub_, &v1::IndexService::Stub::GetIndex, request,
                       options_.timeout);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_spec());
}

absl::StatusOr<std::vector<v1::IndexSpec>> IndexClient::ListIndexes() {
  std::vector<v1::IndexSpec> specs;
  v1::ListIndexesRequest request;
  do {
    auto page = Call(*stub_, &v1::IndexService::Stub::ListIndexes, request,
                     options_.timeout);
    if (!page.ok()) return page.status();
    for (v1::IndexSpec& spec : *page->mutable_specs()) {
      specs.push_back(std::move(spec));
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return specs;
}

absl::Status IndexClient::DeleteIndex(const std::string& name) {
  v1::DeleteIndexRequest request;
  request.set_name(name);
  return Call(*stub_, &v1::IndexService::Stub::DeleteIndex, request,
              options_.timeout)
      .status();
}

absl::StatusOr<v1::GetIndexStatusResponse> IndexClient::GetIndexStatus(
    const std::string& name) {
  v1::GetIndexStatusRequest request;
  request.set_name(name);
  return Call(*stub_, &v1::IndexService::Stub::GetIndexStatus, request,
              options_.timeout);
}

absl::StatusOr<v1::GetProjectionResponse> IndexClient::GetProjection(
    const std::string& name) {
  v1::GetProjectionRequest request;
  request.set_name(name);
  return Call(*stub_, &v1::IndexService::Stub::GetProjection, request,
              options_.timeout);
}

absl::StatusOr<v1::QueryNeuronsResponse> IndexClient::QueryNeurons(
    const v1::QueryNeuronsRequest& request) {
  return Call(*stub_, &v1::IndexService::Stub::QueryNeurons, request,
              options_.timeout);
}

absl::StatusOr<v1::QueryBucketsResponse> IndexClient::QueryBuckets(
    const v1::QueryBucketsRequest& request) {
  return Call(*stub_, &v1::IndexService::Stub::QueryBuckets, request,
              options_.timeout);
}

absl::Status IndexClient::WaitForSnapshot(const std::string& name,
                                          absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    const auto status = GetIndexStatus(name);
    if (!status.ok()) return status.status();
    if (status->state().index_version() > 0) return absl::OkStatus();
    if (absl::Now() > deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat("index \"", name, "\" has no snapshot after ",
                       absl::FormatDuration(timeout), ": ", status->rows_set(),
                       " rows are set"));
    }
    absl::SleepFor(absl::Milliseconds(5));
  }
}

std::unique_ptr<UpdateStream> IndexClient::OpenUpdateStream(
    const std::string& index, const std::string& writer_id,
    const UpdateStreamOptions& options) {
  return std::make_unique<UpdateStream>(stub_, index, writer_id, options);
}

}  // namespace mongoose::client
