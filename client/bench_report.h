// What `mongoosectl bench` prints.
#ifndef MONGOOSE_CLIENT_BENCH_REPORT_H_
#define MONGOOSE_CLIENT_BENCH_REPORT_H_

#include <string>

#include "client/bench_flags.h"
#include "client/bench_load.h"

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::client {

// A load and what was measured of it.
struct BenchResult {
  std::string target;
  v1::IndexSpec spec;  // of the index
  BenchFlags flags;
  LoadReport report;
};

// Tables of counts, throughput and latencies, for people.
std::string FormatBenchTable(const BenchResult& result);

// One object on one line, with the settings of the load.  "queries" and
// "updates" hold calls, ok, errors (by code), late, dropped, seconds,
// calls_per_second (ok), queries_per_second or rows_per_second (ok), bytes
// sent and received per second, and latency_ms of the calls that succeeded,
// null when there is none.
std::string FormatBenchJson(const BenchResult& result);

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_BENCH_REPORT_H_
