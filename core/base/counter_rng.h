// Random numbers as a pure function of (seed, stream, position).
//
// Philox-4x32-10 [Salmon et al. 2011, "Parallel random numbers: as easy as 1,
// 2, 3"]: the same arguments give the same numbers on every platform and in
// any order of use.
#ifndef MONGOOSE_CORE_BASE_COUNTER_RNG_H_
#define MONGOOSE_CORE_BASE_COUNTER_RNG_H_

#include <array>
#include <cstdint>

namespace mongoose {

// One block: 128 random bits for a 128-bit counter and a 64-bit key.
std::array<std::uint32_t, 4> Philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

// A sequence of draws.  Streams of one seed are independent.  Not thread-safe;
// cheap to make, so make one where it is needed.
class CounterRng {
 public:
  CounterRng(std::uint64_t seed, std::uint64_t stream);

  std::uint32_t NextBits();
  // Uniform in [0, bound), without bias.  REQUIRES: bound > 0.
  std::uint32_t NextBelow(std::uint32_t bound);
  // Uniform in (0, 1).
  double NextUniform();
  // Normal(0, 1) by Box-Muller.
  double NextGaussian();
  // +1 or -1.
  float NextSign() { return (NextBits() & 1U) != 0 ? 1.0F : -1.0F; }

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  unsigned used_ = 4;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_COUNTER_RNG_H_
