#ifndef MONGOOSE_CORE_HASH_PARTITION_PROJECTION_H_
#define MONGOOSE_CORE_HASH_PARTITION_PROJECTION_H_

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/base/matrix_view.h"
#include "core/hash/integer_gemm.h"
#include "core/hash/projection.h"
#include "core/hash/rounded_columns.h"

namespace mongoose {

// A partition of the rows into cells, as in inverted files [Jegou et al. 2011]
// but for inner products: a row belongs to the anchor with the largest cosine.
// An anchor is the mean of its cell's rows, so that its length tells how far
// they reach; LearnPartition finds them.
//
// Products are of whole numbers as in IntegerProjection, so that a row's cell
// does not depend on the machine.
//
// Which cells a query reads is decided by a router: at first that of the cells
// themselves (RouterOf), later vectors learned from queries (router_trainer.h),
// which change no row's cell.
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
  // The query's side of the cells.
  struct Router {
    std::vector<float> vectors;  // [num_buckets, cols]
    std::vector<float> offsets;  // [num_buckets], for queries of norm 1
  };
  // REQUIRES: the spec is a valid PARTITION.
  PartitionProjection(const HashSpec& spec, Cells cells,
                      IntegerGemm::Path path = IntegerGemm::BestPath());
  PartitionProjection(const HashSpec& spec, Cells cells, Router learned,
                      IntegerGemm::Path path = IntegerGemm::BestPath());

  // A row's only code is its cell.  REQUIRES: no margins.
  void HashVectors(MatrixView<const float> vectors, const CodeRows& codes,
                   std::span<float> margins) const override;
  std::vector<float> Directions() const override { return cells_.anchors; }

  // How likely each cell holds rows of large inner product with each query,
  // in a unit of the query's own: the product with the router's vector plus
  // the query's norm times the offset.  keys [queries, num_buckets].
  void CellKeys(MatrixView<const float> queries, std::span<float> keys) const;
  // The `count` cells of largest key of each query.
  // nearest [queries, count], ascending.
  // REQUIRES: count <= num_buckets.
  void NearestCells(MatrixView<const float> queries, std::size_t count,
                    std::span<Code> nearest) const;

  const Cells& cells() const { return cells_; }
  bool has_learned_router() const { return router_.has_value(); }
  // The one in use.
  Router router() const {
    return has_learned_router() ? router_->source : RouterOf(cells_);
  }
  // Ranks cells by the product with their anchor plus two spreads: that which
  // one in forty of their rows exceeds.
  static Router RouterOf(const Cells& cells);

 private:
  // One vector a cell, rounded to int8.
  class RoundedVectors {
   public:
    RoundedVectors(const HashSpec& spec, std::span<const float> vectors,
                   IntegerGemm::Path path)
        : RoundedVectors(
              RoundToColumns(vectors, spec.cols,
                             IntegerGemm::PaddedCols(spec.cols),
                             IntegerGemm::PaddedColumns(spec.num_buckets())),
              spec, path) {}

    // Products of the rounded arguments with all vectors, [arguments,
    // gemm.columns()], and each argument's step.
    std::span<const float> Multiply(MatrixView<const float> arguments,
                                    std::span<float> steps) const;

    // [num_buckets] each, as of RoundedColumns.
    std::vector<float> steps;
    std::vector<float> inverse_norms;
    IntegerGemm gemm;

   private:
    RoundedVectors(RoundedColumns columns, const HashSpec& spec,
                   IntegerGemm::Path path);

    std::size_t cols_;
  };
  // Offsets and steps of the vectors that rank cells, both in units of the
  // largest step.
  struct Scales {
    std::vector<float> reaches;  // [num_buckets]
    std::vector<float> offsets;  // [num_buckets]
  };
  struct LearnedRouter {
    LearnedRouter(const HashSpec& spec, Router router, IntegerGemm::Path path)
        : source(std::move(router)), vectors(spec, source.vectors, path) {}

    Router source;
    RoundedVectors vectors;
  };

  static Scales ScalesOf(const RoundedVectors& vectors,
                         std::vector<float> offsets);
  void CellKeysOfBlock(MatrixView<const float> queries,
                       std::span<float> keys) const;

  Cells cells_;
  RoundedVectors anchors_;
  std::optional<LearnedRouter> router_;
  Scales scales_;  // of the router
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_PARTITION_PROJECTION_H_
