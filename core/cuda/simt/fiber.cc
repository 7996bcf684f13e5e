#include "core/cuda/simt/fiber.h"

#include <sys/mman.h>

#include <cassert>
#include <cstdint>
#include <cstdlib>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

#if !defined(__x86_64__)
#error "fibers are written for x86-64"
#endif

// Keeps the registers that a callee must keep and the stack in *from, and goes
// on where `to` was left.
extern "C" void mongoose_simt_switch(void** from, void* to);
asm(R"(
.text
.globl mongoose_simt_switch
.type mongoose_simt_switch, @function
mongoose_simt_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size mongoose_simt_switch, .-mongoose_simt_switch
)");

namespace mongoose::simt {
namespace {

constexpr std::size_t kGuardBytes = 4096;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kStackBytes = 256 << 10;
#else
constexpr std::size_t kStackBytes = 64 << 10;
#endif

thread_local Fiber* starting = nullptr;

char* MapStack() {
  void* const memory =
      mmap(nullptr, kGuardBytes + kStackBytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory, kGuardBytes, PROT_NONE) != 0) {
    std::abort();
  }
  return static_cast<char*>(memory);
}

}  // namespace

Fiber::Fiber() : memory_(MapStack()) {}

Fiber::~Fiber() {
#if defined(__SANITIZE_ADDRESS__)
  // A body that was left in the middle has marked its frames, which the next
  // mapping of these addresses would inherit.
  ASAN_UNPOISON_MEMORY_REGION(memory_, kGuardBytes + kStackBytes);
#endif
#if defined(__SANITIZE_THREAD__)
  if (own_context_ != nullptr) __tsan_destroy_fiber(own_context_);
#endif
  munmap(memory_, kGuardBytes + kStackBytes);
}

void Fiber::Start(std::function<void()> body) {
  assert(done_);
  body_ = std::move(body);
  done_ = false;
  own_fake_stack_ = nullptr;
  // As mongoose_simt_switch leaves a stack: six registers, then where to go.
  auto* top =
      reinterpret_cast<std::uintptr_t*>(memory_ + kGuardBytes + kStackBytes);
  *--top = 0;  // Main must find a stack aligned as after a call
  *--top = reinterpret_cast<std::uintptr_t>(&Fiber::Main);
  for (int i = 0; i < 6; ++i) *--top = 0;
  own_stack_ = top;
#if defined(__SANITIZE_THREAD__)
  if (own_context_ == nullptr) own_context_ = __tsan_create_fiber(0);
#endif
}

void Fiber::Resume() {
  assert(!done_);
  starting = this;
  SwitchToFiber();
}

void Fiber::Yield() { SwitchToCaller(); }

void Fiber::Main() {
  Fiber& self = *starting;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &self.caller_bottom_,
                                  &self.caller_size_);
#endif
  self.body_();
  self.done_ = true;
  self.SwitchToCaller();
  std::abort();  // a fiber that is done is not resumed
}

void Fiber::SwitchToFiber() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&caller_fake_stack_, memory_ + kGuardBytes,
                                 kStackBytes);
#endif
#if defined(__SANITIZE_THREAD__)
  caller_context_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(own_context_, __tsan_switch_to_fiber_no_sync);
#endif
  mongoose_simt_switch(&caller_stack_, own_stack_);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(caller_fake_stack_, nullptr, nullptr);
#endif
}

void Fiber::SwitchToCaller() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(done_ ? nullptr : &own_fake_stack_,
                                 caller_bottom_, caller_size_);
#endif
#if defined(__SANITIZE_THREAD__)
  __tsan_switch_to_fiber(caller_context_, __tsan_switch_to_fiber_no_sync);
#endif
  mongoose_simt_switch(&own_stack_, caller_stack_);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(own_fake_stack_, &caller_bottom_,
                                  &caller_size_);
#endif
}

}  // namespace mongoose::simt
