// Learns the directions of SimHash from queries and rows that are near them.
#ifndef MONGOOSE_CORE_LEARN_DIRECTION_TRAINER_H_
#define MONGOOSE_CORE_LEARN_DIRECTION_TRAINER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/counter_rng.h"
#include "core/base/frozen_rows.h"
#include "core/base/row_id.h"
#include "core/hash/projection.h"
#include "core/learn/adam.h"
#include "core/learn/direction_loss.h"
#include "core/learn/query_truths.h"

namespace mongoose {

// Minimises, over triplets of a query, a row wanted for it and another row, the
// mean of the sum over tables of a DirectionLoss, plus a tenth of the squared
// mean of each bit over the rows, so that bits stay balanced.  Half of the
// other rows are wanted by other queries, so that a row near all queries is not
// a way out.  Vectors are taken less the means and of length 1.  Adam.
//
// Training runs pass by pass, so that the caller can do other work in between.
// Equal arguments give equal directions on one machine.  Not thread-safe; uses
// the calling thread alone.  A pass costs O(queries * cols * num_bits).
class DirectionTrainer {
 public:
  static constexpr int kPasses = 30;

  // Starts from the directions of `start`; it, `rows` and `training` must
  // outlive the trainer.  REQUIRES: start.Directions() is not empty.
  DirectionTrainer(const Projection& start, const FrozenRows& rows,
                   const QueryTruths& training, DirectionLoss loss);

  // One triplet a query.  REQUIRES: not done().
  void RunPass();
  bool done() const { return passes_ == kPasses; }

  // [num_bits, cols], learned so far.
  const std::vector<float>& directions() const { return directions_.values(); }

 private:
  // Queries, wanted rows and other rows; [triplets, cols] each.
  static constexpr std::size_t kOfTriplet = 3;
  using Vectors = std::array<std::vector<float>, kOfTriplet>;

  Vectors DrawTriplets(std::span<const std::size_t> queries);
  RowId DrawOther(std::size_t query);
  RowId DrawWanted(std::size_t query);
  void AppendQuery(std::size_t query, std::vector<float>& to) const;
  void AppendRow(RowId row, std::vector<float>& to) const;
  void RunBatch(std::span<const std::size_t> queries);

  const DirectionLoss loss_;
  const HashSpec& spec_;
  const Means& means_;
  const FrozenRows& rows_;
  const QueryTruths& training_;
  std::vector<std::size_t> order_;  // of queries with a wanted row
  static constexpr float kLearningRate = 0.02F;
  Adam directions_{kLearningRate};  // [num_bits, cols]
  CounterRng rng_;
  int passes_ = 0;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_DIRECTION_TRAINER_H_
