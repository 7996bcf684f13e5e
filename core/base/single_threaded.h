#ifndef MONGOOSE_CORE_BASE_SINGLE_THREADED_H_
#define MONGOOSE_CORE_BASE_SINGLE_THREADED_H_

#include <omp.h>

namespace mongoose {

// Keeps OpenMP, and with it oneDNN, on the calling thread while it lives: our
// callers bring their own threads.
class SingleThreaded {
 public:
  SingleThreaded() : threads_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~SingleThreaded() { omp_set_num_threads(threads_); }
  SingleThreaded(const SingleThreaded&) = delete;
  SingleThreaded& operator=(const SingleThreaded&) = delete;

 private:
  const int threads_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_SINGLE_THREADED_H_
