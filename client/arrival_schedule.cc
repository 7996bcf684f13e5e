#include "client/arrival_schedule.h"

#include <algorithm>
#include <cassert>
#include <thread>

namespace mongoose::client {
namespace {

using std::chrono::steady_clock;

// How soon a waiting sender sees that it shall stop.
constexpr std::chrono::milliseconds kStopInterval{50};

// False when `stop` was requested before `time`.
bool SleepUntil(steady_clock::time_point time, const std::stop_token& stop) {
  for (auto now = steady_clock::now(); now < time; now = steady_clock::now()) {
    if (stop.stop_requested()) return false;
    std::this_thread::sleep_until(std::min(time, now + kStopInterval));
  }
  return true;
}

}  // namespace

ArrivalSchedule::ArrivalSchedule(double rate, TimePoint start, TimePoint end)
    : rate_(rate), start_(start), end_(end) {
  assert(rate >= 0);
}

std::optional<Arrival> ArrivalSchedule::Next(const std::stop_token& stop) {
  const TimePoint asked = steady_clock::now();
  if (asked >= end_ || stop.stop_requested()) return std::nullopt;
  if (rate_ == 0) return Arrival{.due = asked};
  const TimePoint due = DueAt(next_rank_++);
  if (due >= end_ || !SleepUntil(due, stop)) return std::nullopt;
  return Arrival{.due = due, .is_late = due < asked};
}

std::uint64_t ArrivalSchedule::NumDue(TimePoint until) const {
  if (rate_ == 0 || until <= start_) return 0;
  const std::chrono::duration<double> after = until - start_;
  auto num_due = static_cast<std::uint64_t>(after.count() * rate_);
  // The product is rounded; DueAt alone decides.
  while (DueAt(num_due) < until) ++num_due;
  while (num_due > 0 && DueAt(num_due - 1) >= until) --num_due;
  return num_due;
}

ArrivalSchedule::TimePoint ArrivalSchedule::DueAt(std::uint64_t rank) const {
  const std::chrono::duration<double> after(static_cast<double>(rank) / rate_);
  return start_ + std::chrono::duration_cast<steady_clock::duration>(after);
}

}  // namespace mongoose::client
