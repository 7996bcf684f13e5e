// Judges rotations on sequences held back from training.
#ifndef MONGOOSE_CORE_LEARN_ROTATION_GATE_H_
#define MONGOOSE_CORE_LEARN_ROTATION_GATE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/attention/rotations.h"
#include "core/base/matrix_view.h"
#include "core/learn/hash_gate.h"

namespace mongoose {

// One head, and how attention is cut for it.
struct JudgedHead {
  MatrixView<const float> vectors;  // [seq, dim], finite
  std::size_t chunk = 1;
};

struct RotationCase {
  std::span<const JudgedHead> heads;
  std::size_t num_buckets = 2;
  bool causal = false;
};

// The share of exact attention that chunks of sorted buckets keep
// (CapturedShare), head by head.  O(seq^2 * dim) a head, on the calling
// thread.
std::vector<double> CapturedShares(const RotationCase& judged,
                                   const Rotations& rotations);
// The same with new Gaussian rotations for each head.
std::vector<double> RandomCapturedShares(const RotationCase& judged,
                                         const RotationShape& shape,
                                         std::uint64_t seed);

// The share of attention that is strong (KeepStrongAttention), in the mean of
// all positions of all heads.  Where it is small, a network has yet to find
// what to attend to: rotations that keep its attention would keep it from
// looking.
double StrongShare(const RotationCase& judged);

// REQUIRES: not empty.
double MeanShare(std::span<const double> shares);

// Adopts the candidate if it keeps more than the current rotations, and more
// than random ones, by `min_gain`; all are of the same heads.  Shares stand in
// the verdict as recall does, those of random rotations as hot_list.
GateVerdict JudgeRotations(std::span<const double> current,
                           std::span<const double> candidate,
                           std::span<const double> random, double min_gain);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_ROTATION_GATE_H_
