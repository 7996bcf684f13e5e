// The whole server: parts, start and orderly end.
#ifndef MONGOOSE_SERVER_INDEX_SERVER_H_
#define MONGOOSE_SERVER_INDEX_SERVER_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/server.h>

#include "absl/status/statusor.h"
#include "core/backend/cpu_backend.h"
#include "core/base/clock.h"
#include "core/base/worker_pool.h"
#include "core/cuda/device.h"
#include "core/index/index_catalog.h"
#include "server/call_log.h"
#include "server/http_endpoint.h"
#include "server/index_service.h"
#include "server/memory_watch.h"
#include "server/rpc_handlers.h"
#include "server/server_metrics.h"
#include "server/task_queue.h"
#include "server/waiting_room.h"

#include "mongoose/v1/server_config.pb.h"

namespace mongoose::server {

// Serves from Start until Shutdown.  Start and Shutdown are called once, from
// one thread.
class IndexServer {
 public:
  // REQUIRES: config from LoadConfig.  Unavailable when an address cannot be
  // bound or the device is not there, NotFound when a TLS file cannot be read.
  static absl::StatusOr<std::unique_ptr<IndexServer>> Start(
      const v1::ServerConfig& config);
  // Shuts down at once if Shutdown was not called.
  ~IndexServer();

  // Ports bound, by listen.addresses; of no meaning for Unix sockets.
  const std::vector<int>& ports() const { return ports_; }
  // 0 when off.
  int metrics_port() const { return http_ == nullptr ? 0 : http_->port(); }

  // Health turns NOT_SERVING, clients get drain_ms to go elsewhere, streams
  // end with UNAVAILABLE, running calls get grace_ms to finish.
  void Shutdown();

 private:
  // `device` may be null.
  IndexServer(const v1::ServerConfig& config,
              std::unique_ptr<const Device> device);
  absl::Status Listen();
  absl::Status ListenForCalls();
  HttpPages Pages();

  const v1::ServerConfig config_;
  const SteadyClock clock_;
  WorkerPool workers_;
  WorkerPool rehash_workers_;
  CpuBackend backend_;
  CpuBackend rehash_cpu_;
  const std::unique_ptr<const Backend> rehash_device_;  // null: rehash_cpu_
  const Backend& rehash_backend_;
  IndexCatalog catalog_;
  TaskQueue query_queue_;
  TaskQueue update_queue_;
  TaskQueue admin_queue_;
  WaitingRoom rows_room_;
  WaitingRoom projections_room_;
  CallLog call_log_;
  ServerMetrics metrics_;
  RpcHandlers handlers_;
  IndexService service_;
  std::vector<int> ports_;
  std::atomic<bool> ready_{false};
  std::unique_ptr<grpc::Server> grpc_;
  std::unique_ptr<HttpEndpoint> http_;
  MemoryWatch memory_watch_{ReadMemory};
};

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_INDEX_SERVER_H_
