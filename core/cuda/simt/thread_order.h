// What ThreadSanitizer is told of the order of CUDA threads; nothing where it
// is off.
#ifndef MONGOOSE_CORE_CUDA_SIMT_THREAD_ORDER_H_
#define MONGOOSE_CORE_CUDA_SIMT_THREAD_ORDER_H_

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>

// Of the sanitizer's run time, declared in no header.
extern "C" void AnnotateIgnoreReadsBegin(const char* file, int line);
extern "C" void AnnotateIgnoreReadsEnd(const char* file, int line);
extern "C" void AnnotateIgnoreWritesBegin(const char* file, int line);
extern "C" void AnnotateIgnoreWritesEnd(const char* file, int line);
#endif

namespace mongoose::simt {

// While one lives, what the current fiber reads and writes is the executor's
// own and not looked at.
class ExecutorScope {
 public:
#if defined(__SANITIZE_THREAD__)
  ExecutorScope() {
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  }
  ~ExecutorScope() {
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  }
#else
  ExecutorScope() {}   // not `= default`: a scope is never unused
  ~ExecutorScope() {}  // NOLINT(modernize-use-equals-default)
#endif
  ExecutorScope(const ExecutorScope&) = delete;
  ExecutorScope& operator=(const ExecutorScope&) = delete;
};

// What was before a release happened before what is after an acquire of the
// same object.
inline void Release([[maybe_unused]] void* order) {
#if defined(__SANITIZE_THREAD__)
  __tsan_release(order);
#endif
}
inline void Acquire([[maybe_unused]] void* order) {
#if defined(__SANITIZE_THREAD__)
  __tsan_acquire(order);
#endif
}

}  // namespace mongoose::simt

#endif  // MONGOOSE_CORE_CUDA_SIMT_THREAD_ORDER_H_
