// What counting and logging cost a call; to compare with the CPU time of a
// query (mongoose-hot-paths, operations_cost.py).
#include <string>

#include <benchmark/benchmark.h>

#include "core/backend/cpu_backend.h"
#include "core/base/clock.h"
#include "core/base/worker_pool.h"
#include "core/index/index_catalog.h"
#include "server/call_log.h"
#include "server/server_metrics.h"

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::server {
namespace {

void CountACall(benchmark::State& state) {
  const SteadyClock clock;
  WorkerPool workers(0);
  const CpuBackend backend(workers, clock);
  IndexCatalog catalog(
      {.backend = backend, .rehash_backend = backend, .clock = clock}, workers,
      {});
  ServerMetrics metrics({.catalog = catalog,
                         .queues = {},
                         .rooms = {},
                         .log_lines_suppressed = [] { return 0U; }},
                        std::string(backend.name()));
  const auto rpc = metrics.CreateRpc("QueryNeurons", RpcType::kUnary);
  v1::LogConfig config;
  config.set_calls("traced");
  CallLog log(config, clock);
  v1::QueryNeuronsRequest request;
  request.set_index("layer");
  const StageSeconds stages{1e-3, 2e-3, 1e-3, 3e-3, 1e-4};
  for (auto _ : state) {
    rpc->CallStarted();
    rpc->MessageReceived(1000);
    CallRecord record;
    record.index = IndexNameIn(request);
    metrics.ObserveQueue(1e-5);
    metrics.ObserveStages(stages, 1e-4);
    rpc->MessageSent(1000);
    rpc->CallHandled(absl::StatusCode::kOk, 1e-2);
    log.Write(rpc->method(), record, absl::OkStatus(), 1e-2);
  }
}
BENCHMARK(CountACall);

}  // namespace
}  // namespace mongoose::server
