#ifndef MONGOOSE_SERVER_MEMORY_WATCH_H_
#define MONGOOSE_SERVER_MEMORY_WATCH_H_

#include <cstdint>
#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "core/base/mutex.h"

namespace mongoose::server {

// Logs when the process comes near the memory it may take: the kernel ends a
// process beyond its control group's limit without a word.  One line each time
// the share in RAM rises above 90 %, one when it falls below 80 %.
class MemoryWatch {
 public:
  // Bytes in RAM and bytes allowed; called from the watch's thread.
  struct Reading {
    std::uint64_t resident = 0;
    std::uint64_t limit = 0;
  };
  explicit MemoryWatch(std::function<Reading()> read);
  ~MemoryWatch();

  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;

 private:
  void ThreadLoop() ABSL_LOCKS_EXCLUDED(mu_);
  // False when stopping.
  bool WaitForLook() ABSL_LOCKS_EXCLUDED(mu_);
  void Look();

  const std::function<Reading()> read_;
  bool is_high_ = false;  // of the thread alone
  Mutex mu_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::jthread thread_;
};

// Of this process.
MemoryWatch::Reading ReadMemory();

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_MEMORY_WATCH_H_
