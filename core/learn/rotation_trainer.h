// Learns rotations that put positions which attend to each other into one
// bucket.
#ifndef MONGOOSE_CORE_LEARN_ROTATION_TRAINER_H_
#define MONGOOSE_CORE_LEARN_ROTATION_TRAINER_H_

#include <cstddef>
#include <span>
#include <vector>

#include "core/attention/rotations.h"
#include "core/base/matrix_view.h"
#include "core/learn/adam.h"

namespace mongoose {

// Directions by gradient descent on a softened hash: with unit vectors x, a
// position's distribution over the buckets of a round is
// softmax(beta [x R, -x R]), and the loss is the mean of -ln of the chance to
// share a bucket in some round, over pairs of positions weighted by the strong
// attention they pay each other (KeepStrongAttention), plus the loss of entropy
// of the load of the buckets, without which all would share one.  In place of
// the triplets of MONGOOSE section 3.3, which are mined within chunks: pairs
// that no chunk holds yet count here like all others.  docs/learning.md has
// what was tried.
//
// Adam; directions stay of length 1.  Equal arguments give equal directions on
// one machine.  Not thread-safe; uses the calling thread alone.
class RotationTrainer {
 public:
  // Starts from `directions` [max_buckets / 2, num_rounds, dim] and learns
  // those that `num_buckets` buckets use.
  // REQUIRES: num_buckets is even, 2..max_buckets.
  RotationTrainer(const RotationShape& shape, std::span<const float> directions,
                  std::size_t num_buckets, bool causal);

  // One step over some heads, each [seq, dim] with any seq, finite.
  // O(heads * seq^2 * (dim + num_rounds * num_buckets)).
  void Step(std::span<const MatrixView<const float>> heads);

  // As given, with those learned in place; may be NaN for huge vectors.
  std::vector<float> directions() const;

 private:
  struct Head;

  std::size_t num_used() const { return used_.values().size() / shape_.dim; }
  // Fills in what the loss needs of one head.
  Head Look(MatrixView<const float> vectors) const;
  // Adds to a head the gradient of its pairs of these weights [seq, seq].
  void AddPairs(Head& head, std::vector<float> weights) const;
  // Turns a head's gradient by chances into one by directions, and adds it.
  void AddGradient(const Head& head, std::span<const float> load_gradient,
                   double pair_scale, std::span<float> gradient) const;
  void MoveOnSphere(std::span<float> gradient);

  const RotationShape shape_;
  const std::size_t num_buckets_;
  const bool causal_;
  std::vector<float> directions_;
  Adam used_;  // [num_buckets / 2, num_rounds, dim]
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_ROTATION_TRAINER_H_
