// Puts a load of queries and updates on a server and measures both.
//
// A lane is one kind of call.  Its senders are threads with one call each in
// flight.  In a closed loop a sender makes the next call when the answer is
// there.  In an open loop the senders take calls from a fixed schedule, and a
// latency counts from when the call was due; while all senders are busy, calls
// become late, and those due but not sent by the end are dropped.  A warm-up
// has a schedule of its own: what it leaves unsent is forgotten, so that of
// the calls due after it each one is counted, as ended or as dropped.
#ifndef MONGOOSE_CLIENT_BENCH_LOAD_H_
#define MONGOOSE_CLIENT_BENCH_LOAD_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "client/call_stats.h"

namespace mongoose::client {

// Makes one call and waits for its end; used by one thread.
using Caller = std::function<CallOutcome()>;

// One kind of call.
struct LoadLane {
  std::vector<Caller> senders;  // one a thread; empty: the lane is not used
  double calls_per_second = 0;  // in total; 0: closed loop
};

// The time of a load; calls due within the warm-up are not counted.
struct LoadWindow {
  std::chrono::nanoseconds warmup{0};
  std::chrono::nanoseconds duration{0};  // after the warm-up
};

// Where a load stands.
struct LoadProgress {
  double seconds = 0;         // since its start
  std::uint64_t queries = 0;  // ended, those of the warm-up included
  std::uint64_t updates = 0;  // ended
  std::uint64_t errors = 0;   // of both
};

// Asked about every 0.1 s on the thread that runs the load; false ends it
// early.
using KeepGoing = std::function<bool(const LoadProgress&)>;

// What was measured of a lane after the warm-up.
struct LaneReport {
  CallStats stats;
  double seconds = 0;             // from the warm-up's end to the last answer
  std::uint64_t num_dropped = 0;  // due but never sent
};

struct LoadReport {
  LaneReport queries;
  LaneReport updates;
  bool is_complete = true;  // false: ended early by KeepGoing
};

// Runs both lanes at once and returns when every call has ended; calls in
// flight at the end are waited for and counted.
LoadReport RunLoad(const LoadLane& queries, const LoadLane& updates,
                   const LoadWindow& window, const KeepGoing& keep_going);

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_BENCH_LOAD_H_
