// A stack of its own to run a function on, a piece at a time.
#ifndef MONGOOSE_CORE_CUDA_SIMT_FIBER_H_
#define MONGOOSE_CORE_CUDA_SIMT_FIBER_H_

#include <cstddef>
#include <functional>

namespace mongoose::simt {

// Bound to the OS thread that made it.  x86-64 only.
//
// AddressSanitizer is told of every switch of stacks.  To ThreadSanitizer each
// fiber is a thread that nothing orders with the others but what the executor
// declares (thread_order.h).
class Fiber {
 public:
  Fiber();
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // What Resume runs first.  REQUIRES: nothing, or done.
  void Start(std::function<void()> body);
  // Runs until the body calls Yield or ends.  REQUIRES: started, not done.
  void Resume();
  // Back to who resumed.  REQUIRES: on this fiber.
  void Yield();

 private:
  static void Main();
  void SwitchToFiber();
  void SwitchToCaller();

  char* const memory_;  // guard page, then the stack
  void* own_stack_ = nullptr;
  void* caller_stack_ = nullptr;
  std::function<void()> body_;
  bool done_ = true;
  // Of sanitizers.
  void* own_fake_stack_ = nullptr;
  void* caller_fake_stack_ = nullptr;
  const void* caller_bottom_ = nullptr;
  std::size_t caller_size_ = 0;
  void* own_context_ = nullptr;
  void* caller_context_ = nullptr;
};

}  // namespace mongoose::simt

#endif  // MONGOOSE_CORE_CUDA_SIMT_FIBER_H_
