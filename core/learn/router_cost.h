// What reading the cells that a router ranks first costs.
#ifndef MONGOOSE_CORE_LEARN_ROUTER_COST_H_
#define MONGOOSE_CORE_LEARN_ROUTER_COST_H_

#include <cstddef>
#include <memory>
#include <span>

#include "core/base/matrix_view.h"
#include "core/hash/partition_projection.h"

namespace mongoose {

// How a plan reads cells for some queries.
struct ReadPlan {
  MatrixView<const float> queries;
  std::size_t num_cells = 1;           // of each query
  std::span<const std::size_t> sizes;  // [num_buckets], rows
};

// Rows read for a query, on average; 0 without queries.
double MeanRowsRead(const PartitionProjection& partition, const ReadPlan& plan);

// The most cells of each query, [1, num_buckets], that read at most `max_rows`
// of it on average; 1 where one reads more.  `plan.num_cells` is not used.
// O(queries * num_buckets * cols * log num_buckets).
std::size_t MostCells(const PartitionProjection& partition, ReadPlan plan,
                      double max_rows);

// A partition with the same cells as `partition` and the router `learned`,
// whose offsets are lowered by a multiple of ln(1 + size) just large enough
// that the plan reads at most `max_rows` a query: learning alone likes large
// cells, where most of everything is.  O(queries * num_buckets * cols).
std::shared_ptr<const PartitionProjection> LevelCost(
    const PartitionProjection& partition, PartitionProjection::Router learned,
    const ReadPlan& plan, double max_rows);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_ROUTER_COST_H_
