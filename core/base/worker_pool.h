// Threads that share out the parts of one batch computation.
#ifndef MONGOOSE_CORE_BASE_WORKER_POOL_H_
#define MONGOOSE_CORE_BASE_WORKER_POOL_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "core/base/mutex.h"

namespace mongoose {

// Thread-safe; several ParallelFor may run at once and share the threads.
class WorkerPool {
 public:
  // Starts `num_threads` threads, 0 or more: the caller of ParallelFor always
  // works too, so 0 means that it works alone.  `nice`: see thread_nice.h.
  explicit WorkerPool(int num_threads, int nice = 0);
  // REQUIRES: no ParallelFor is running.
  ~WorkerPool();

  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  int num_threads() const { return static_cast<int>(threads_.size()); }

  // Calls part(i) once for every i in [0, count), in any order and on any
  // thread, and returns when all calls have returned.  `part` must not throw
  // and must not wait for another part.
  void ParallelFor(std::size_t count,
                   const std::function<void(std::size_t)>& part)
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Job;
  void ThreadLoop() ABSL_LOCKS_EXCLUDED(mu_);
  void RunParts(Job& job) ABSL_LOCKS_EXCLUDED(mu_);

  Mutex mu_;
  CondVar changed_;
  std::vector<Job*> jobs_ ABSL_GUARDED_BY(mu_);  // with parts left
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::jthread> threads_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_WORKER_POOL_H_
