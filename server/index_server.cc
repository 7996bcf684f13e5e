#include "server/index_server.h"

#include <chrono>
#include <thread>

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/cuda/device_backend.h"
#include "server/log.h"
#include "server/rehash_device.h"
#include "server/server_credentials.h"
#include "server/status_json.h"
#include "server/status_page.h"

namespace mongoose::server {
namespace {

constexpr char kServiceName[] = "mongoose.v1.IndexService";
constexpr std::chrono::milliseconds kRefusing{50};

// Rebuilds and verdicts are rare and worth a line each; re-hashed rows are
// routine.
void LogRehash(const RehashEvent& event) {
  if (!event.status.ok()) {
    LogError("re-hash failed",
             {{"index", event.index},
              {"action", RehashActionName(event.decision.action)},
              {"error", std::string(event.status.message())}});
    return;
  }
  if (event.decision.action == RehashAction::kLearn) {
    LogInfo("candidate judged", {{"index", event.index},
                                 {"verdict", event.decision.reason},
                                 {"rows", event.rows},
                                 {"seconds", event.seconds}});
    return;
  }
  const auto log =
      event.decision.action == RehashAction::kRebuild ? LogInfo : LogDebug;
  log("re-hashed", {{"index", event.index},
                    {"action", RehashActionName(event.decision.action)},
                    {"reason", event.decision.reason},
                    {"rows", event.rows},
                    {"seconds", event.seconds}});
}

// What each index had applied when no call could change it any more.
void LogIndexes(const IndexCatalog& catalog) {
  for (const AnyIndex& index : catalog.All()) {
    const IndexStatus status =
        std::visit([](const auto& found) { return found->status(); }, index);
    LogInfo("index at stop",
            {{"index", NameOf(index)},
             {"index_version", status.state.index_version},
             {"applied_sequence", status.state.applied_sequence}});
  }
}

}  // namespace

IndexServer::IndexServer(const v1::ServerConfig& config,
                         std::unique_ptr<const Device> device)
    : config_(config),
      // Callers of ParallelFor work too.
      workers_(static_cast<int>(config.pools().query_threads()) - 1),
      rehash_workers_(static_cast<int>(config.pools().rehash_threads()) - 1,
                      static_cast<int>(config.pools().rehash_nice())),
      backend_(workers_, clock_),
      rehash_cpu_(rehash_workers_, clock_),
      rehash_device_(device == nullptr ? nullptr
                                       : std::make_unique<const DeviceBackend>(
                                             std::move(device), rehash_cpu_,
                                             rehash_workers_)),
      rehash_backend_(rehash_device_ == nullptr ? rehash_cpu_
                                                : *rehash_device_),
      catalog_({.backend = backend_,
                .rehash_backend = rehash_backend_,
                .clock = clock_,
                .rehash_nice = static_cast<int>(config.pools().rehash_nice()),
                .listener = LogRehash},
               workers_,
               {.max_indexes = config.limits().max_indexes(),
                .max_index_bytes = config.limits().max_index_bytes(),
                .max_total_bytes = config.limits().max_total_bytes()}),
      query_queue_("query", config.pools().query_threads(),
                   config.pools().query_queue()),
      update_queue_("update", config.pools().update_threads(),
                    config.pools().update_queue()),
      admin_queue_("admin", config.pools().admin_threads(),
                   config.pools().admin_queue()),
      rows_room_("rows", config.pools().query_queue()),
      projections_room_("projections", config.pools().query_queue()),
      call_log_(config.log(), clock_),
      metrics_({.catalog = catalog_,
                .queues = {&query_queue_, &update_queue_, &admin_queue_},
                .rooms = {&rows_room_, &projections_room_},
                .index_bytes_limit = config.limits().max_total_bytes(),
                .log_lines_suppressed =
                    [this] { return call_log_.num_suppressed(); }},
               std::string(rehash_backend_.name())),
      handlers_(catalog_, metrics_, clock_,
                {.max_batch = config.limits().max_batch(),
                 .update_credit_bytes = config.limits().update_credit_bytes()}),
      service_(handlers_,
               {query_queue_, update_queue_, admin_queue_, rows_room_,
                projections_room_},
               metrics_, call_log_, clock_) {}

absl::StatusOr<std::unique_ptr<IndexServer>> IndexServer::Start(
    const v1::ServerConfig& config) {
  ASSIGN_OR_RETURN(auto device, OpenDevice(config.pools()));
  std::unique_ptr<IndexServer> server(
      new IndexServer(config, std::move(device)));
  RETURN_IF_ERROR(server->Listen());
  return server;
}

absl::Status IndexServer::ListenForCalls() {
  ASSIGN_OR_RETURN(const auto secure,
                   MakeServerCredentials(config_.listen().tls()));
  grpc::EnableDefaultHealthCheckService(true);
  if (config_.listen().reflection()) {
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  }
  grpc::ServerBuilder builder;
  // Else a second server on the same port would take half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(
      static_cast<int>(config_.limits().max_message_bytes()));
  builder.SetMaxSendMessageSize(-1);
  builder.RegisterService(&service_);
  const auto& addresses = config_.listen().addresses();
  ports_.assign(static_cast<std::size_t>(addresses.size()), 0);
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    const std::string& address = addresses[static_cast<int>(i)];
    builder.AddListeningPort(address,
                             absl::StartsWith(address, "unix:")
                                 ? grpc::InsecureServerCredentials()
                                 : secure,
                             &ports_[i]);
  }
  grpc_ = builder.BuildAndStart();
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    if (ports_[i] != 0) continue;
    return absl::UnavailableError(absl::StrCat(
        "listen.addresses must be free and of the form host:port or "
        "unix:/path, got ",
        addresses[static_cast<int>(i)]));
  }
  if (grpc_ != nullptr) return absl::OkStatus();
  return absl::UnavailableError("gRPC cannot start; its log says why");
}

HttpPages IndexServer::Pages() {
  HttpPages pages = StatusPageFiles();
  pages["/metrics"] = [this] {
    return HttpReply{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                     .body = metrics_.Serialize()};
  };
  pages["/status.json"] = [this] {
    return HttpReply{.content_type = "application/json",
                     .body = RenderStatusJson(catalog_, ready_)};
  };
  pages["/healthz"] = [] { return HttpReply{.body = "ok\n"}; };
  pages["/readyz"] = [this] {
    return ready_ ? HttpReply{.body = "ready\n"}
                  : HttpReply{.code = 503, .body = "not ready\n"};
  };
  return pages;
}

absl::Status IndexServer::Listen() {
  RETURN_IF_ERROR(ListenForCalls());
  if (config_.listen().metrics_address() != "off") {
    ASSIGN_OR_RETURN(http_, HttpEndpoint::Start(
                                config_.listen().metrics_address(), Pages()));
  }
  grpc_->GetHealthCheckService()->SetServingStatus(kServiceName, true);
  ready_ = true;
  for (const std::string& address : config_.listen().addresses()) {
    LogInfo("listening", {{"address", address}});
  }
  return absl::OkStatus();
}

void IndexServer::Shutdown() {
  if (grpc_ == nullptr) return;
  const auto wait = std::chrono::milliseconds(config_.shutdown().drain_ms());
  const auto grace = std::chrono::milliseconds(config_.shutdown().grace_ms());
  LogInfo("draining", {{"drain_ms", wait.count()}});
  ready_ = false;
  grpc_->GetHealthCheckService()->SetServingStatus(false);
  std::this_thread::sleep_for(wait);
  service_.Drain();
  // gRPC cancels calls that arrive while it shuts down.  Clients that were just
  // refused wait before they come again, elsewhere or to find nobody here.
  std::this_thread::sleep_for(kRefusing);
  grpc_->Shutdown(std::chrono::system_clock::now() + grace);
  grpc_->Wait();
  grpc_.reset();
  LogIndexes(catalog_);
  LogInfo("stopped");
}

IndexServer::~IndexServer() {
  http_.reset();
  if (grpc_ == nullptr) return;
  service_.Drain();
  grpc_->Shutdown(std::chrono::system_clock::now());
  grpc_->Wait();
}

}  // namespace mongoose::server
