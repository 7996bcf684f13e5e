#ifndef MONGOOSE_CORE_BASE_CLOCK_H_
#define MONGOOSE_CORE_BASE_CLOCK_H_

#include <chrono>

namespace mongoose {

// Where core gets the time from, so that tests can set it.  Monotonic; has no
// relation to the calendar.  Implementations are thread-safe.
class Clock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  virtual ~Clock() = default;
  virtual TimePoint Now() const = 0;

  double SecondsSince(TimePoint start) const {
    return std::chrono::duration<double>(Now() - start).count();
  }
};

class SteadyClock final : public Clock {
 public:
  TimePoint Now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_CLOCK_H_
