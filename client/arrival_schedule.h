// Says when the next call of a load is due.
//
// Open loop: call i is due at start + i / rate, whatever became of the calls
// before.  A latency counted from that moment contains the wait for a sender,
// which one counted from the sending would hide (coordinated omission).
// Closed loop: a call is due when a sender asks.
//
// Thread-safety: all methods may be called at once from any thread.
#ifndef MONGOOSE_CLIENT_ARRIVAL_SCHEDULE_H_
#define MONGOOSE_CLIENT_ARRIVAL_SCHEDULE_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>

namespace mongoose::client {

// One call that is due.
struct Arrival {
  std::chrono::steady_clock::time_point due;
  bool is_late = false;  // open loop: no sender was free when it was due
};

class ArrivalSchedule {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `rate` in calls per second; 0: closed loop.  REQUIRES: rate >= 0.
  ArrivalSchedule(double rate, TimePoint start, TimePoint end);

  // Waits until the next call is due and takes it.  Nothing when `end` has
  // passed, also if calls due before are left, or when `stop` was requested.
  std::optional<Arrival> Next(const std::stop_token& stop);

  // Calls due before `until`, taken or not; 0 for the closed loop.
  std::uint64_t NumDue(TimePoint until) const;

 private:
  TimePoint DueAt(std::uint64_t rank) const;

  const double rate_;
  const TimePoint start_;
  const TimePoint end_;
  std::atomic<std::uint64_t> next_rank_{0};
};

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_ARRIVAL_SCHEDULE_H_
