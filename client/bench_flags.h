// The command line of `mongoosectl bench`.
#ifndef MONGOOSE_CLIENT_BENCH_FLAGS_H_
#define MONGOOSE_CLIENT_BENCH_FLAGS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "client/spec_flags.h"

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::client {

// What is not set takes the index's default plan.
struct PlanFlags {
  std::optional<std::uint32_t> num_active;
  std::optional<std::uint32_t> min_hits;
  std::optional<std::uint32_t> num_probes;
  std::optional<std::uint32_t> max_candidates;
  std::optional<std::uint32_t> num_tail;
};

struct BenchFlags {
  std::string index;  // empty with `create`: a name of this process
  bool create = false;
  SpecFlags spec;  // with `create`

  int concurrency = 8;  // queries in flight at most
  double rate = 0;      // query calls per second; 0: closed loop
  std::uint32_t batch = 16;
  PlanFlags plan;
  std::string layout = "per-sample";

  double updates_per_second = 0;  // chunks, of all writers; 0: none
  std::uint32_t update_rows = 256;
  float update_change = 0.05F;
  int num_writers = 1;
  std::string writer_prefix = "mongoosectl-bench";

  double duration_seconds = 10;  // without the warm-up
  double warmup_seconds = 1;
  std::uint64_t seed = 0;
  bool json = false;
  bool allow_errors = false;
};

// `flags` must outlive `app`.
void AddBenchFlags(CLI::App& app, BenchFlags& flags);

v1::QueryPlan MakePlan(const PlanFlags& flags);

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_BENCH_FLAGS_H_
