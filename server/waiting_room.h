// Calls that wait for something to arrive, without a thread each.
#ifndef MONGOOSE_SERVER_WAITING_ROOM_H_
#define MONGOOSE_SERVER_WAITING_ROOM_H_

#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "core/base/mutex.h"

namespace mongoose::server {

// Thread-safe.  One thread looks at everyone who waits: when told to, and
// every few milliseconds for the sake of deadlines.
class WaitingRoom {
 public:
  // `name` stands in errors and metrics.  REQUIRES: capacity > 0.
  WaitingRoom(std::string name, std::size_t capacity);
  // Whoever still waits is dropped.
  ~WaitingRoom();

  WaitingRoom(const WaitingRoom&) = delete;
  WaitingRoom& operator=(const WaitingRoom&) = delete;

  // A call that waits.  All are called on the room's thread and may not block.
  struct Guest {
    std::function<bool()> ready;
    std::function<void()> resume;                     // once, soon after ready
    std::function<void(const absl::Status&)> refuse;  // instead, when it drains
  };
  // ResourceExhausted (QUEUE_FULL) when `capacity` calls wait, Unavailable once
  // it drains; the guest is then not called.
  absl::Status Enter(Guest guest) ABSL_LOCKS_EXCLUDED(mu_);
  // Refuses everyone who waits, and everyone who comes: what they wait for will
  // not arrive any more.
  void Drain() ABSL_LOCKS_EXCLUDED(mu_);
  // Something may have become ready.
  void Look() ABSL_LOCKS_EXCLUDED(mu_);

  const std::string& name() const { return name_; }
  std::size_t length() const ABSL_LOCKS_EXCLUDED(mu_);
  std::size_t capacity() const { return capacity_; }

 private:
  void ThreadLoop() ABSL_LOCKS_EXCLUDED(mu_);
  // Waits until it is time to look; false when stopping.
  bool WaitForLook() ABSL_LOCKS_EXCLUDED(mu_);

  const std::string name_;
  const std::size_t capacity_;
  mutable Mutex mu_;
  CondVar changed_;
  std::size_t length_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<Guest> entered_ ABSL_GUARDED_BY(mu_);  // since the last look
  bool look_ ABSL_GUARDED_BY(mu_) = false;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::jthread thread_;
};

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_WAITING_ROOM_H_
