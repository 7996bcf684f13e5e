// Queries whose wanted rows follow a map that the anchors do not know.
#ifndef MONGOOSE_TESTS_SUPPORT_PLANTED_QUERIES_H_
#define MONGOOSE_TESTS_SUPPORT_PLANTED_QUERIES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/hash/partition_projection.h"
#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"
#include "tests/support/partition.h"

namespace mongoose::test_support {

struct PlantedQueries {
  Matrix queries;
  std::vector<std::uint32_t> cells;  // [queries], the one wanted
};

// Gaussian queries; each wants the cell whose vector of `map_seed` has the
// largest product with it.
inline PlantedQueries PlantQueries(const HashSpec& spec, std::size_t count,
                                   std::uint64_t map_seed, std::uint64_t seed) {
  const Matrix map = GaussianMatrix(spec.num_buckets(), spec.cols, map_seed);
  PlantedQueries out{.queries = GaussianMatrix(count, spec.cols, seed)};
  for (std::size_t i = 0; i < count; ++i) {
    out.cells.push_back(naive::TopRows(map, out.queries.row(i), 1).front());
  }
  return out;
}

// The share of queries whose wanted cell is among their `count` nearest.
inline double CellRecall(const PartitionProjection& partition,
                         const PlantedQueries& planted, std::size_t count) {
  const std::size_t queries = planted.cells.size();
  std::vector<Code> nearest(queries * count);
  partition.NearestCells(planted.queries.view(), count, nearest);
  std::size_t found = 0;
  for (std::size_t i = 0; i < queries; ++i) {
    const auto cells = std::span(nearest).subspan(i * count, count);
    found += std::ranges::count(cells, planted.cells[i]) > 0 ? 1 : 0;
  }
  return static_cast<double>(found) / static_cast<double>(queries);
}

}  // namespace mongoose::test_support

#endif  // MONGOOSE_TESTS_SUPPORT_PLANTED_QUERIES_H_
