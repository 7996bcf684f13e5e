#ifndef MONGOOSE_CLIENT_STOP_SIGNAL_H_
#define MONGOOSE_CLIENT_STOP_SIGNAL_H_

#include <csignal>

namespace mongoose::client {

// Turns the first SIGINT or SIGTERM while it lives into a flag; a second one
// of the same kind ends the process as usual.  At most one object at a time.
// Thread-safety: was_received may be called from any thread.
class StopSignal {
 public:
  StopSignal();
  // Restores what the signals did before.
  ~StopSignal();

  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  bool was_received() const;

 private:
  struct sigaction old_interrupt_ {};
  struct sigaction old_terminate_ {};
};

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_STOP_SIGNAL_H_
