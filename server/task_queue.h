// A bounded queue with its own threads, one per class of call.
#ifndef MONGOOSE_SERVER_TASK_QUEUE_H_
#define MONGOOSE_SERVER_TASK_QUEUE_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "core/base/mutex.h"

namespace mongoose::server {

// gRPC has two callback threads: a handler that computed on them would starve
// every other call, so all work goes through a queue.  Thread-safe.
class TaskQueue {
 public:
  // `name` stands in errors and metrics.  REQUIRES: num_threads, capacity > 0.
  TaskQueue(std::string name, std::size_t num_threads, std::size_t capacity);
  // Runs what is queued, then ends the threads.
  ~TaskQueue();

  TaskQueue(const TaskQueue&) = delete;
  TaskQueue& operator=(const TaskQueue&) = delete;

  // Never blocks.  ResourceExhausted (QUEUE_FULL) when `capacity` tasks wait;
  // the task is then not run.
  absl::Status Submit(std::function<void()> task) ABSL_LOCKS_EXCLUDED(mu_);

  const std::string& name() const { return name_; }
  std::size_t length() const ABSL_LOCKS_EXCLUDED(mu_);
  std::size_t capacity() const { return capacity_; }

 private:
  void ThreadLoop() ABSL_LOCKS_EXCLUDED(mu_);

  const std::string name_;
  const std::size_t capacity_;
  mutable Mutex mu_;
  CondVar changed_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::jthread> threads_;
};

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_TASK_QUEUE_H_
