#include "client/bench_load.h"

#include <sys/prctl.h>

#include <algorithm>
#include <atomic>
#include <stop_token>
#include <thread>

#include "client/arrival_schedule.h"

namespace mongoose::client {
namespace {

using std::chrono::steady_clock;
using TimePoint = steady_clock::time_point;

constexpr std::chrono::milliseconds kProgressInterval{100};
// The kernel may wake a thread this much too late; its default of 50 us would
// be seen in the latencies of an open loop.
constexpr unsigned long kTimerSlackNanoseconds = 1000;

// The same for all lanes.
struct Timeline {
  TimePoint start;
  TimePoint measure_from;
  TimePoint end;
};

// A lane at work.  Threads start in the constructor.
class RunningLane {
 public:
  RunningLane(const LoadLane& lane, const Timeline& timeline)
      : measure_from_(timeline.measure_from),
        warmup_(lane.calls_per_second, timeline.start, timeline.measure_from),
        measured_(lane.calls_per_second, timeline.measure_from, timeline.end),
        results_(lane.senders.size(), {.last_end = timeline.measure_from}) {
    for (std::size_t sender = 0; sender < lane.senders.size(); ++sender) {
      threads_.emplace_back(
          [this, &call = lane.senders[sender], &result = results_[sender]] {
            result = Send(call);
          });
    }
  }

  void RequestStop() { stop_.request_stop(); }
  std::uint64_t num_ended() const { return num_ended_; }
  std::uint64_t num_errors() const { return num_errors_; }

  // Waits for the calls in flight.  `end`: when no more calls were due.
  LaneReport Finish(TimePoint end) {
    threads_.clear();
    LaneReport report;
    if (results_.empty()) return report;
    TimePoint last_end = std::max(end, measure_from_);
    for (const SenderResult& result : results_) {
      report.stats.Merge(result.stats);
      last_end = std::max(last_end, result.last_end);
    }
    report.seconds =
        std::chrono::duration<double>(last_end - measure_from_).count();
    const std::uint64_t num_due = measured_.NumDue(end);
    report.num_dropped = num_due - std::min(num_due, report.stats.calls());
    return report;
  }

 private:
  struct SenderResult {
    CallStats stats;
    TimePoint last_end;
  };

  SenderResult Send(const Caller& call) {
    prctl(PR_SET_TIMERSLACK, kTimerSlackNanoseconds);
    while (warmup_.Next(stop_.get_token())) MakeCall(call);
    SenderResult result{.last_end = measure_from_};
    while (const auto arrival = measured_.Next(stop_.get_token())) {
      const CallOutcome outcome = MakeCall(call);
      result.last_end = steady_clock::now();
      result.stats.Add(outcome, result.last_end - arrival->due,
                       arrival->is_late);
    }
    return result;
  }

  CallOutcome MakeCall(const Caller& call) {
    CallOutcome outcome = call();
    ++num_ended_;
    if (!outcome.status.ok()) ++num_errors_;
    return outcome;
  }

  const TimePoint measure_from_;
  ArrivalSchedule warmup_;
  ArrivalSchedule measured_;
  std::stop_source stop_;
  std::atomic<std::uint64_t> num_ended_{0};
  std::atomic<std::uint64_t> num_errors_{0};
  std::vector<SenderResult> results_;  // by sender, written at its end
  std::vector<std::jthread> threads_;
};

double SecondsSince(TimePoint time) {
  return std::chrono::duration<double>(steady_clock::now() - time).count();
}

// False when `keep_going` ended the load before its time.
bool WaitForEnd(const RunningLane& queries, const RunningLane& updates,
                const Timeline& timeline, const KeepGoing& keep_going) {
  while (steady_clock::now() < timeline.end) {
    if (!keep_going({.seconds = SecondsSince(timeline.start),
                     .queries = queries.num_ended(),
                     .updates = updates.num_ended(),
                     .errors = queries.num_errors() + updates.num_errors()})) {
      return false;
    }
    std::this_thread::sleep_until(
        std::min(timeline.end, steady_clock::now() + kProgressInterval));
  }
  return true;
}

}  // namespace

LoadReport RunLoad(const LoadLane& queries, const LoadLane& updates,
                   const LoadWindow& window, const KeepGoing& keep_going) {
  const TimePoint start = steady_clock::now();
  const TimePoint measure_from = start + window.warmup;
  const Timeline timeline{.start = start,
                          .measure_from = measure_from,
                          .end = measure_from + window.duration};
  RunningLane running_queries(queries, timeline);
  RunningLane running_updates(updates, timeline);
  LoadReport report;
  report.is_complete =
      WaitForEnd(running_queries, running_updates, timeline, keep_going);
  const TimePoint end = std::min(timeline.end, steady_clock::now());
  running_queries.RequestStop();
  running_updates.RequestStop();
  report.queries = running_queries.Finish(end);
  report.updates = running_updates.Finish(end);
  return report;
}

}  // namespace mongoose::client
