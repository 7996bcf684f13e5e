// Runs a test on every SIMD target of this machine.
#ifndef MONGOOSE_TESTS_SUPPORT_SIMD_TARGETS_H_
#define MONGOOSE_TESTS_SUPPORT_SIMD_TARGETS_H_

#include <hwy/targets.h>

#include <cstddef>
#include <cstdint>

#include <gtest/gtest.h>

namespace mongoose::test_support {

// Calls run() with run-time dispatch fixed to one target after the other, and
// returns how many there were.  No other thread may dispatch meanwhile.
template <typename Run>
std::size_t ForEachSimdTarget(Run run) {
  std::size_t count = 0;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
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
