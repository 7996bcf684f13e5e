// Runs a test on every SIMD target of this machine.
#ifndef MONGOOSE_TESTS_SUPPORT_SIMD_TARGETS_H_
#define MONGOOSE_TESTS_SUPPORT_SIMD_TARGETS_H_

// Kernels that ask for this target run on it; the others fall back.
#ifndef HWY_WANT_AVX3_DL
#define HWY_WANT_AVX3_DL
#endif
#include <hwy/targets.h>

#include <cstddef>
#include <cstdint>

#include <gtest/gtest.h>

namespace mongoose::test_support {

// Calls run() with run-time dispatch limited to one target after the other, or
// the next best where a kernel is not compiled for it, and returns how many
// there were.  No other thread may dispatch meanwhile.
template <typename Run>
std::size_t ForEachSimdTarget(Run run) {
  std::size_t count = 0;
  const std::int64_t supported = hwy::SupportedTargets();
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    // The lower a target's bit, the better it is.
    hwy::SetSupportedTargetsForTest(supported & -target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    run();
    ++count;
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return count;
}

}  // namespace mongoose::test_support

#endif  // MONGOOSE_TESTS_SUPPORT_SIMD_TARGETS_H_
