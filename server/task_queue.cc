#include "server/task_queue.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/error_reason.h"

namespace mongoose::server {

TaskQueue::TaskQueue(std::string name, std::size_t num_threads,
                     std::size_t capacity)
    : name_(std::move(name)), capacity_(capacity) {
  threads_.reserve(num_threads);
  for (std::size_t i = 0; i < num_threads; ++i) {
    threads_.emplace_back([this] { ThreadLoop(); });
  }
}

TaskQueue::~TaskQueue() {
  {
    MutexLock lock(mu_);
    stopping_ = true;
  }
  changed_.SignalAll();
}

absl::Status TaskQueue::Submit(std::function<void()> task) {
  {
    MutexLock lock(mu_);
    if (tasks_.size() >= capacity_) {
      return WithReason(
          absl::ResourceExhaustedError(absl::StrCat(
              "the ", name_, " queue is full: ", capacity_, " calls wait")),
          "QUEUE_FULL");
    }
    tasks_.push_back(std::move(task));
  }
  changed_.SignalOne();
  return absl::OkStatus();
}

std::size_t TaskQueue::length() const {
  MutexLock lock(mu_);
  return tasks_.size();
}

void TaskQueue::ThreadLoop() {
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(mu_);
      while (!stopping_ && tasks_.empty()) changed_.Wait(mu_);
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace mongoose::server
