#include "core/base/worker_pool.h"

#include <algorithm>

#include "core/base/thread_nice.h"

namespace mongoose {

// Lives on the stack of its ParallelFor; guarded by the pool's mutex.
struct WorkerPool::Job {
  const std::function<void(std::size_t)>* part;
  std::size_t count;
  std::size_t next = 0;
  std::size_t finished = 0;
  int helpers = 0;  // pool threads that still hold a pointer to this job
};

WorkerPool::WorkerPool(int num_threads, int nice) {
  threads_.reserve(static_cast<std::size_t>(std::max(num_threads, 0)));
  for (int i = 0; i < num_threads; ++i) {
    threads_.emplace_back([this, nice] {
      SetThreadNice(nice);
      ThreadLoop();
    });
  }
}

WorkerPool::~WorkerPool() {
  {
    MutexLock lock(mu_);
    stopping_ = true;
  }
  changed_.SignalAll();
}

void WorkerPool::ParallelFor(std::size_t count,
                             const std::function<void(std::size_t)>& part) {
  if (threads_.empty() || count <= 1) {
    for (std::size_t i = 0; i < count; ++i) part(i);
    return;
  }
  Job job{.part = &part, .count = count};
  {
    MutexLock lock(mu_);
    jobs_.push_back(&job);
  }
  changed_.SignalAll();
  RunParts(job);
  MutexLock lock(mu_);
  while (job.finished < job.count || job.helpers > 0) changed_.Wait(mu_);
}

void WorkerPool::RunParts(Job& job) {
  std::size_t done = 0;
  while (true) {
    std::size_t i = 0;
    {
      MutexLock lock(mu_);
      job.finished += done;
      done = 0;
      if (job.next == job.count) break;
      i = job.next++;
      if (job.next == job.count) std::erase(jobs_, &job);
    }
    (*job.part)(i);
    done = 1;
  }
}

void WorkerPool::ThreadLoop() {
  while (true) {
    Job* job = nullptr;
    {
      MutexLock lock(mu_);
      while (!stopping_ && jobs_.empty()) changed_.Wait(mu_);
      if (stopping_) return;
      job = jobs_.front();
      ++job->helpers;
    }
    RunParts(*job);
    {
      MutexLock lock(mu_);
      --job->helpers;
    }
    changed_.SignalAll();
  }
}

}  // namespace mongoose
