#include "client/examples/batch_order.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/base/counter_rng.h"

namespace mongoose::examples {

BatchOrder::BatchOrder(std::size_t num_points, std::size_t batch_points,
                       std::uint64_t seed)
    : batch_points_(batch_points), seed_(seed), ranks_(num_points) {
  Shuffle(0);
}

std::uint64_t BatchOrder::batches_per_epoch() const {
  return (ranks_.size() + batch_points_ - 1) / batch_points_;
}

std::span<const std::uint32_t> BatchOrder::Batch(std::uint64_t step) {
  if (const std::uint64_t epoch = step / batches_per_epoch(); epoch != epoch_) {
    Shuffle(epoch);
  }
  const std::size_t first = step % batches_per_epoch() * batch_points_;
  return std::span(ranks_).subspan(
      first, std::min(batch_points_, ranks_.size() - first));
}

void BatchOrder::Shuffle(std::uint64_t epoch) {
  epoch_ = epoch;
  std::iota(ranks_.begin(), ranks_.end(), 0U);
  CounterRng rng(seed_, epoch);
  for (std::size_t left = ranks_.size(); left > 1; --left) {
    const auto bound = static_cast<std::uint32_t>(left);
    std::swap(ranks_[left - 1], ranks_[rng.NextBelow(bound)]);
  }
}

}  // namespace mongoose::examples
