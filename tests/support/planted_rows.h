// Rows and queries between which only learning sees a connection.
#ifndef MONGOOSE_TESTS_SUPPORT_PLANTED_ROWS_H_
#define MONGOOSE_TESTS_SUPPORT_PLANTED_ROWS_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/index/index_spec.h"
#include "tests/support/index_fixture.h"
#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"
#include "tests/support/partition.h"

namespace mongoose::test_support {

// 32 clusters of 50 rows.  The last 16 columns tell the clusters apart, but
// are 0 in queries.  In the first 16, ten rows of a cluster lie far out in a
// direction of its own and the others a little to the other side, so that
// their mean, the anchor, is near 0: it does not tell that these ten are the
// nearest rows of queries in that direction.
struct PlantedRows {
  static constexpr std::size_t kClusters = 32;
  static constexpr std::size_t kClusterRows = 50;
  static constexpr std::size_t kWanted = 10;  // the first rows of a cluster
  static constexpr std::size_t kRows = kClusters * kClusterRows;
  static constexpr std::size_t kNear = 16;
  static constexpr std::size_t kCols = 2 * kNear;

  struct Asked {
    Matrix queries;
    std::vector<std::size_t> clusters;  // [queries], whose direction it has
  };

  PlantedRows() : rows(GaussianMatrix(kRows, kCols, 1)) {
    for (std::size_t cluster = 0; cluster < kClusters; ++cluster) {
      const auto d = directions.row(cluster);
      const auto length = static_cast<float>(std::sqrt(naive::Dot(d, d)));
      for (float& value : d) value /= length;
    }
    const Matrix centres = GaussianMatrix(kClusters, kNear, 3);
    for (std::size_t i = 0; i < kRows; ++i) {
      const std::size_t cluster = i / kClusterRows;
      const float out = i % kClusterRows < kWanted ? 3.0F : -0.75F;
      for (std::size_t c = 0; c < kNear; ++c) {
        float& near = rows.row(i)[c];
        float& far = rows.row(i)[kNear + c];
        near = 0.1F * near + out * directions.row(cluster)[c];
        far = 0.1F * far + 4 * centres.row(cluster)[c];
      }
    }
  }
  // Queries near to the directions of random clusters.
  Asked Ask(std::size_t count, std::uint64_t seed) const {
    Asked asked{.queries = GaussianMatrix(count, kCols, seed)};
    CounterRng rng(seed, 0);
    for (std::size_t i = 0; i < count; ++i) {
      asked.clusters.push_back(rng.NextBelow(kClusters));
      const auto direction = directions.row(asked.clusters[i]);
      for (std::size_t c = 0; c < kCols; ++c) {
        float& value = asked.queries.row(i)[c];
        value = c < kNear ? 0.05F * value + direction[c] : 0.0F;
      }
    }
    return asked;
  }

  // A random row of the cluster of each query, or of one so many further on.
  static std::vector<RowId> RowsFor(const Asked& asked, std::size_t further) {
    CounterRng rng(asked.clusters.size(), 1);
    std::vector<RowId> ids;
    for (const std::size_t cluster : asked.clusters) {
      const std::size_t wanted = (cluster + further) % kClusters;
      ids.push_back(static_cast<RowId>(wanted * kClusterRows) +
                    rng.NextBelow(std::uint32_t{kClusterRows}));
    }
    return ids;
  }

  Matrix directions = GaussianMatrix(kClusters, kNear, 2);  // of length 1
  Matrix rows;
};

// A partition of PlantedRows into 32 cells, of which queries read two; learns
// from every query, without rests.
inline IndexSpec LearningSpec(LearnMode mode) {
  IndexSpec spec = SmallSpec();
  spec.num_rows = PlantedRows::kRows;
  spec.dim = PlantedRows::kCols;
  spec.hash = PartitionSpec(PlantedRows::kCols, 5);
  spec.default_plan = DefaultQueryPlan(spec.hash, spec.num_rows);
  spec.default_plan.num_probes = 1;
  spec.default_plan.num_active = 10;
  spec.learning = {.mode = mode, .sample_share = 1, .max_load = 1};
  return spec;
}

}  // namespace mongoose::test_support

#endif  // MONGOOSE_TESTS_SUPPORT_PLANTED_ROWS_H_
