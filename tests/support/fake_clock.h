#ifndef MONGOOSE_TESTS_SUPPORT_FAKE_CLOCK_H_
#define MONGOOSE_TESTS_SUPPORT_FAKE_CLOCK_H_

#include "core/base/clock.h"

namespace mongoose::test_support {

// Stands still until told; then moves on by `step` at each look.  For one
// thread.
class FakeClock final : public Clock {
 public:
  TimePoint Now() const override { return now_ += step; }
  void Advance(TimePoint::duration by) { now_ += by; }
  TimePoint::duration step{0};

 private:
  mutable TimePoint now_{};
};

}  // namespace mongoose::test_support

#endif  // MONGOOSE_TESTS_SUPPORT_FAKE_CLOCK_H_
