// Which points make the batch of a step.
//
// Each epoch visits every point once in an order drawn from the seed; the
// batch of a step does not depend on the steps before it, so that training
// goes on after a restart as it would have without.
#ifndef MONGOOSE_CLIENT_EXAMPLES_BATCH_ORDER_H_
#define MONGOOSE_CLIENT_EXAMPLES_BATCH_ORDER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mongoose::examples {

class BatchOrder {
 public:
  // REQUIRES: num_points > 0, batch_points > 0.
  BatchOrder(std::size_t num_points, std::size_t batch_points,
             std::uint64_t seed);

  std::uint64_t batches_per_epoch() const;

  // Ranks of the points of step `step`, from 0; the last batch of an epoch
  // may be shorter.  Valid until the next call.
  std::span<const std::uint32_t> Batch(std::uint64_t step);

 private:
  void Shuffle(std::uint64_t epoch);

  std::size_t batch_points_;
  std::uint64_t seed_;
  std::uint64_t epoch_ = 0;
  std::vector<std::uint32_t> ranks_;  // in the order of epoch_
};

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_BATCH_ORDER_H_
