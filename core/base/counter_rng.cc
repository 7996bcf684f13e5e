#include "core/base/counter_rng.h"

#include <cmath>
#include <numbers>

namespace mongoose {
namespace {

constexpr std::uint32_t Low(std::uint64_t value) {
  return static_cast<std::uint32_t>(value);
}
constexpr std::uint32_t High(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}

}  // namespace

std::array<std::uint32_t, 4> Philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
  constexpr int kRounds = 10;
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53U} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57U} * counter[2];
    counter = {High(b) ^ counter[1] ^ key[0], Low(b),
               High(a) ^ counter[3] ^ key[1], Low(a)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return counter;
}

CounterRng::CounterRng(std::uint64_t seed, std::uint64_t stream)
    : key_{Low(seed), High(seed)}, counter_{0, 0, Low(stream), High(stream)} {}

std::uint32_t CounterRng::NextBits() {
  if (used_ == block_.size()) {
    block_ = Philox4x32(counter_, key_);
    if (++counter_[0] == 0) ++counter_[1];
    used_ = 0;
  }
  return block_[used_++];
}

std::uint32_t CounterRng::NextBelow(std::uint32_t bound) {
  // Lemire's multiply-and-reject.
  const std::uint32_t reject_below = (0U - bound) % bound;
  std::uint64_t product = std::uint64_t{NextBits()} * bound;
  while (Low(product) < reject_below) {
    product = std::uint64_t{NextBits()} * bound;
  }
  return High(product);
}

double CounterRng::NextUniform() {
  const std::uint64_t bits =
      (std::uint64_t{NextBits()} << 32 | NextBits()) >> 12;
  return (static_cast<double>(bits) + 0.5) * 0x1p-52;
}

double CounterRng::NextGaussian() {
  const double radius = std::sqrt(-2.0 * std::log(NextUniform()));
  return radius * std::cos(2.0 * std::numbers::pi * NextUniform());
}

}  // namespace mongoose
