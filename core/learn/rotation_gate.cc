#include "core/learn/rotation_gate.h"

#include <cassert>
#include <numeric>

#include "absl/strings/str_format.h"
#include "core/attention/bucket_assignment.h"
#include "core/attention/shared_attention.h"
#include "core/base/cancel_token.h"
#include "core/base/worker_pool.h"
#include "core/learn/paired_gain.h"

namespace mongoose {
namespace {

double CapturedShareOf(const JudgedHead& head, const RotationCase& judged,
                       const Rotations& rotations) {
  const MatrixView<const float> vectors = head.vectors;
  WorkerPool alone(0);
  const auto assigned = AssignBuckets(rotations,
                                      {.vectors = vectors,
                                       .heads = 1,
                                       .seq = vectors.rows(),
                                       .num_buckets = judged.num_buckets},
                                      alone, NeverCancelled());
  assert(assigned.ok());
  return CapturedShare(SharedAttention(vectors, judged.causal), assigned->order,
                       vectors.rows(), head.chunk);
}

bool IsBetter(std::span<const double> a, std::span<const double> b,
              double min_gain) {
  std::vector<double> gains(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) gains[i] = a[i] - b[i];
  return IsGain(gains, {.least = min_gain});
}

}  // namespace

std::vector<double> CapturedShares(const RotationCase& judged,
                                   const Rotations& rotations) {
  std::vector<double> shares;
  for (const JudgedHead& head : judged.heads) {
    shares.push_back(CapturedShareOf(head, judged, rotations));
  }
  return shares;
}

std::vector<double> RandomCapturedShares(const RotationCase& judged,
                                         const RotationShape& shape,
                                         std::uint64_t seed) {
  std::vector<double> shares;
  RotationShape used = shape;
  used.max_buckets = judged.num_buckets;
  for (const JudgedHead& head : judged.heads) {
    const auto rotations = Rotations::Draw(used, seed + shares.size());
    shares.push_back(CapturedShareOf(head, judged, *rotations));
  }
  return shares;
}

double StrongShare(const RotationCase& judged) {
  double strong = 0;
  double positions = 0;
  for (const JudgedHead& head : judged.heads) {
    const std::size_t seq = head.vectors.rows();
    std::vector<float> weights = SharedAttention(head.vectors, judged.causal);
    KeepStrongAttention(seq, judged.causal, weights);
    strong = std::accumulate(weights.begin(), weights.end(), strong);
    positions += static_cast<double>(seq);
  }
  return positions > 0 ? strong / positions : 0.0;
}

double MeanShare(std::span<const double> shares) {
  return std::accumulate(shares.begin(), shares.end(), 0.0) /
         static_cast<double>(shares.size());
}

GateVerdict JudgeRotations(std::span<const double> current,
                           std::span<const double> candidate,
                           std::span<const double> random, double min_gain) {
  assert(!candidate.empty() && current.size() == candidate.size() &&
         random.size() == candidate.size());
  GateVerdict verdict{.queries = candidate.size()};
  verdict.current.all = MeanShare(current);
  verdict.candidate.all = MeanShare(candidate);
  verdict.hot_list.all = MeanShare(random);
  const bool beats_current = IsBetter(candidate, current, min_gain);
  const bool beats_random = IsBetter(candidate, random, min_gain);
  verdict.adopt = beats_current && beats_random;
  verdict.reason = absl::StrFormat(
      "%s: keeps %.4f of attention, current %.4f, random %.4f, in %d heads",
      verdict.adopt    ? "adopted"
      : !beats_current ? "refused, no better than the current rotations"
                       : "refused, no better than random rotations",
      verdict.candidate.all, verdict.current.all, verdict.hot_list.all,
      verdict.queries);
  return verdict;
}

}  // namespace mongoose
