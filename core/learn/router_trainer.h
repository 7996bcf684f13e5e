// Learns which cells of a partition to read for a query.
#ifndef MONGOOSE_CORE_LEARN_ROUTER_TRAINER_H_
#define MONGOOSE_CORE_LEARN_ROUTER_TRAINER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/counter_rng.h"
#include "core/base/matrix_view.h"
#include "core/hash/code_matrix.h"
#include "core/hash/partition_projection.h"
#include "core/learn/adam.h"

namespace mongoose {

// Multinomial logistic regression from queries to cells: the target of a query
// is the distribution of its wanted rows over the cells, and all other cells,
// those read in vain first of all, are its negatives.  It starts from the
// router in use, so that it can only add to what the anchors know
// [learning to rank clusters: Vecchiato et al. 2024; pairs to learn from:
// MONGOOSE section 3.3].  Adam on mini-batches.
//
// Training runs pass by pass, so that the caller can do other work in between.
// Equal arguments give equal routers on one machine.  Not thread-safe; uses
// the calling thread alone.  A pass costs O(queries * num_buckets * cols).
class RouterTrainer {
 public:
  static constexpr int kPasses = 20;
  // A wanted row that no router needs to find, or no row.
  static constexpr std::uint32_t kNoCell = UINT32_MAX;

  // `cells` [queries, wanted]: the cells of the rows wanted for each query.
  // Copies all it needs.
  RouterTrainer(const PartitionProjection& start,
                MatrixView<const float> queries,
                std::span<const std::uint32_t> cells, std::uint64_t seed);

  // REQUIRES: not done().
  void RunPass();
  bool done() const { return passes_ == kPasses; }

  // The router learned so far.  Its values may be infinite or NaN when the
  // queries are too large to square.
  PartitionProjection::Router router() const;

 private:
  std::span<const std::uint32_t> CellsOf(std::size_t query) const {
    return std::span(cells_).subspan(query * wanted_, wanted_);
  }
  // Cells to find for a query; at least 1 of those in order_.
  std::size_t NumWanted(std::size_t query) const {
    return wanted_ - static_cast<std::size_t>(
                         std::ranges::count(CellsOf(query), kNoCell));
  }
  // Gathers the queries of a batch and computes [batch, cells] logits.
  void ComputeLogits(std::span<const std::size_t> batch);
  // The sum of losses of a batch, of which the logits are there, if they were
  // `factor` times as large.
  double LossAt(float factor, std::span<const std::size_t> batch) const;
  // Replaces logits by the gradients of the loss.
  void LogitsToGradients(std::span<const std::size_t> batch);
  void RunBatch(std::span<const std::size_t> batch);
  void ChooseScale();

  const std::size_t cols_;
  const std::size_t num_cells_;
  const std::size_t wanted_;
  std::vector<float> queries_;        // [queries, cols], of mean square 1
  std::vector<std::uint32_t> cells_;  // [queries, wanted]
  std::vector<std::size_t> order_;    // of queries with a cell to find
  float scale_ = 1;                   // logits per key of queries_
  PartitionProjection::Router start_;
  static constexpr float kLearningRate = 3e-3F;
  Adam vectors_{kLearningRate};  // [cells, cols]
  Adam offsets_{kLearningRate};  // [cells]
  CounterRng rng_;
  int passes_ = 0;
  std::vector<float> batch_;   // [batch, cols]
  std::vector<float> norms_;   // [batch]
  std::vector<float> logits_;  // [batch, cells], then their gradients
};

// The router of `old` carried over to new anchors: what was learned is added
// to them.  REQUIRES: the same shape.
PartitionProjection::Router CarryRouter(const PartitionProjection& old,
                                        const PartitionProjection::Cells& now);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_ROUTER_TRAINER_H_
