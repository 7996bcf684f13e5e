#ifndef MONGOOSE_CORE_HASH_PARTITION_PROJECTION_H_
#define MONGOOSE_CORE_HASH_PARTITION_PROJECTION_H_

#include <cstddef>
#include <span>
#include <vector>

#include "core/base/matrix_view.h"
#include "core/hash/integer_gemm.h"
#include "core/hash/projection.h"

namespace mongoose {

// A partition of the rows into cells, as in inverted files [Jegou et al. 2011]
// but for inner products: a row belongs to the anchor with the largest cosine.
// An anchor is the mean of its cell's rows, so that its length tells how far
// they reach; LearnPartition finds them.
//
// Products are of whole numbers as in IntegerProjection, so that a row's cell
// does not depend on the machine.
//
// Cost per vector: cols * num_buckets multiply-adds of int8.
class PartitionProjection final : public Projection {
 public:
  struct Cells {
    std::vector<float> anchors;  // [num_buckets, cols]
    // [num_buckets], standard deviation of the cell's rows around their anchor
    // in a random direction.
    std::vector<float> spreads;
  };
  // REQUIRES: the spec is a valid PARTITION.
  PartitionProjection(const HashSpec& spec, Cells cells,
                      IntegerGemm::Path path = IntegerGemm::BestPath());

  // A row's only code is its cell.  REQUIRES: no margins.
  void HashVectors(MatrixView<const float> vectors, const CodeRows& codes,
                   std::span<float> margins) const override;
  std::vector<float> Directions() const override { return cells_.anchors; }

  // The `count` cells where rows of large inner product with each query are
  // likeliest: by the product with the anchor plus one spread.
  // nearest [queries, count], ascending.
  // REQUIRES: count <= num_buckets.
  void NearestCells(MatrixView<const float> queries, std::size_t count,
                    std::span<Code> nearest) const;

  const Cells& cells() const { return cells_; }

 private:
  void NearestCellsOfBlock(MatrixView<const float> queries, std::size_t count,
                           std::span<Code> nearest) const;
  // Products of the rounded vectors with all anchors, and each vector's step.
  std::span<const float> Multiply(MatrixView<const float> vectors,
                                  std::span<float> steps) const;

  Cells cells_;
  // [num_buckets] each.  Steps of the rounded anchors, and spreads, both in
  // units of the largest step; inverse norms of the rounded anchors.
  std::vector<float> reaches_;
  std::vector<float> spreads_;
  std::vector<float> inverse_norms_;
  IntegerGemm gemm_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_PARTITION_PROJECTION_H_
