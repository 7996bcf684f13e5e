#include "core/learn/partition_learner.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash/vector_hasher.h"
#include "tests/support/flaky_backend.h"
#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"
#include "tests/support/partition.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using test_support::PartitionSpec;

std::span<const float> Anchor(const PartitionProjection& partition,
                              std::size_t cell) {
  const std::size_t cols = partition.spec().cols;
  return std::span(partition.cells().anchors).subspan(cell * cols, cols);
}

double Cosine(std::span<const float> a, std::span<const float> b) {
  return naive::Dot(a, b) / std::sqrt(naive::Dot(a, a) * naive::Dot(b, b));
}

CodeMatrix CellsOf(const PartitionProjection& partition, const Matrix& rows) {
  CodeMatrix codes(rows.rows, 1);
  HashQueries(partition, rows.view(), codes, {});
  return codes;
}

double MeanCosineToAnchor(const PartitionProjection& partition,
                          const Matrix& rows) {
  const CodeMatrix codes = CellsOf(partition, rows);
  double sum = 0;
  for (std::size_t i = 0; i < rows.rows; ++i) {
    sum += Cosine(rows.row(i), Anchor(partition, codes.row(i)[0]));
  }
  return sum / static_cast<double>(rows.rows);
}

// Whether anchors and spreads are numbers; a spread is not negative.
bool IsFinite(const PartitionProjection& partition) {
  const auto finite = [](float v) { return std::isfinite(v); };
  const auto& [anchors, spreads] = partition.cells();
  return std::ranges::all_of(anchors, finite) &&
         std::ranges::all_of(
             spreads, [](float v) { return std::isfinite(v) && v >= 0; });
}

class PartitionLearnerTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kClusters = 16;
  static constexpr std::size_t kCols = 32;

  // Row i lies near direction i % kClusters; lengths differ up to 3-fold.
  static Matrix Clusters(std::size_t num_rows, std::uint64_t seed) {
    const Matrix directions = GaussianMatrix(kClusters, kCols, seed);
    Matrix rows = GaussianMatrix(num_rows, kCols, seed + 100);
    CounterRng rng(seed, 0);
    for (std::size_t i = 0; i < num_rows; ++i) {
      const auto direction = directions.row(i % kClusters);
      const auto length = static_cast<float>(1 + 2 * rng.NextUniform());
      for (std::size_t c = 0; c < kCols; ++c) {
        rows.row(i)[c] = length * (direction[c] + 0.2F * rows.row(i)[c]);
      }
    }
    return rows;
  }
  // A partition that knows the directions of Clusters.
  static PartitionProjection Planted(std::uint64_t seed) {
    return {kSpec,
            {.anchors = GaussianMatrix(kClusters, kCols, seed).values,
             .spreads = std::vector<float>(kClusters)}};
  }
  std::shared_ptr<const PartitionProjection> Learn(
      const HashSpec& spec, const Matrix& rows,
      const PartitionProjection* start = nullptr) const {
    return *LearnPartition(spec, *test_support::FreezeMatrix(rows), start,
                           backend_);
  }

  static inline const HashSpec kSpec = PartitionSpec(kCols, 4);
  SteadyClock clock_;
  WorkerPool workers_{0};
  test_support::FlakyBackend backend_{workers_, clock_};
};

// From random rows k-means finds most clusters, not all: two may share a cell.
TEST_F(PartitionLearnerTest, RowsOfAClusterShareACell) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Matrix rows = Clusters(960, seed);
    const CodeMatrix codes = CellsOf(*Learn(kSpec, rows), rows);
    std::vector<std::vector<std::size_t>> counts(
        kClusters, std::vector<std::size_t>(kSpec.num_buckets()));
    for (std::size_t i = 0; i < rows.rows; ++i) {
      ++counts[i % kClusters][codes.row(i)[0]];
    }
    std::size_t together = 0;
    std::set<std::size_t> cells;
    for (const auto& of_cluster : counts) {
      const auto most = std::ranges::max_element(of_cluster);
      together += *most;
      cells.insert(static_cast<std::size_t>(most - of_cluster.begin()));
    }
    EXPECT_GT(together, rows.rows * 9 / 10) << seed;
    EXPECT_GE(cells.size(), kClusters * 3 / 4) << seed;
  }
}

TEST_F(PartitionLearnerTest, AnchorsAreMuchNearerToRowsThanRandomRowsAre) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Matrix rows = Clusters(960, seed);
    CounterRng rng(seed, 5);
    PartitionProjection::Cells random{.spreads = std::vector<float>(kClusters)};
    for (const RowId id : test_support::RandomIds(960, kClusters, rng)) {
      random.anchors.insert(random.anchors.end(), rows.row(id).begin(),
                            rows.row(id).end());
    }
    const double by_chance =
        MeanCosineToAnchor(PartitionProjection(kSpec, random), rows);
    const double learned = MeanCosineToAnchor(*Learn(kSpec, rows), rows);
    EXPECT_GT(learned, 0.88) << seed;
    EXPECT_LT(1 - learned, (1 - by_chance) * 2 / 3) << seed;
  }
}

TEST_F(PartitionLearnerTest, AStartIsKeptWhereItIsGood) {
  const Matrix rows = Clusters(960, 3);
  const PartitionProjection start = Planted(3);
  const auto learned = Learn(kSpec, rows, &start);
  for (std::size_t cell = 0; cell < kClusters; ++cell) {
    EXPECT_GT(Cosine(Anchor(*learned, cell), Anchor(start, cell)), 0.99);
  }
  EXPECT_EQ(CellsOf(*learned, rows), CellsOf(start, rows));
}

TEST_F(PartitionLearnerTest, AnchorsAreTheMeansOfTheirCellsAndSpreadsTheRest) {
  const Matrix rows = Clusters(960, 3);  // few enough for all to be sampled
  const PartitionProjection start = Planted(3);
  const auto learned = Learn(kSpec, rows, &start);
  for (std::size_t cell = 0; cell < kClusters; ++cell) {
    std::vector<double> mean(kCols, 0.0);
    double variance = 0;
    const double size = 960 / kClusters;
    for (std::size_t i = cell; i < rows.rows; i += kClusters) {
      for (std::size_t c = 0; c < kCols; ++c) {
        mean[c] += double{rows.row(i)[c]} / size;
        variance += double{rows.row(i)[c]} * double{rows.row(i)[c]} / size;
      }
    }
    for (std::size_t c = 0; c < kCols; ++c) {
      ASSERT_NEAR(Anchor(*learned, cell)[c], mean[c], 1e-4);
      variance -= mean[c] * mean[c];
    }
    ASSERT_NEAR(learned->cells().spreads[cell], std::sqrt(variance / kCols),
                1e-4);
  }
}

// All rows start in one cell; each pass halves the largest ones.
TEST_F(PartitionLearnerTest, EmptyCellsTakeRowsOfLargeOnes) {
  const Matrix rows = GaussianMatrix(1000, kCols, 1);
  const std::size_t num_anchors = kSpec.num_buckets();
  const PartitionProjection start(
      kSpec, {.anchors = std::vector<float>(num_anchors * kCols, 1.0F),
              .spreads = std::vector<float>(num_anchors)});
  const CodeMatrix codes = CellsOf(*Learn(kSpec, rows, &start), rows);
  std::vector<std::size_t> sizes(num_anchors);
  for (std::size_t i = 0; i < rows.rows; ++i) ++sizes[codes.row(i)[0]];
  EXPECT_EQ(std::ranges::count(sizes, 0U), 0);
  EXPECT_LT(std::ranges::max(sizes), rows.rows / 4);
}

TEST_F(PartitionLearnerTest, ThreadsDoNotChangeTheAnchors) {
  const HashSpec spec = PartitionSpec(8, 7);
  const Matrix rows = GaussianMatrix(9000, 8, 1);
  WorkerPool three(3);
  const CpuBackend threaded(three, clock_);
  const auto alone = Learn(spec, rows);
  const auto together = *LearnPartition(spec, *test_support::FreezeMatrix(rows),
                                        nullptr, threaded);
  EXPECT_EQ(alone->cells().anchors, together->cells().anchors);
  EXPECT_EQ(alone->cells().spreads, together->cells().spreads);
}

TEST_F(PartitionLearnerTest, LearnsFromASampleOfManyRowsAndThenALargerOne) {
  const Matrix rows = GaussianMatrix(5000, 8, 1);
  backend_.rows_hashed = 0;
  Learn(PartitionSpec(8, 4), rows);
  EXPECT_EQ(backend_.rows_hashed, (5 * 64 + 15 * 256) * 16U);
}

TEST_F(PartitionLearnerTest, AStartSavesPasses) {
  const Matrix rows = GaussianMatrix(300, kCols, 1);
  const PartitionProjection start = Planted(1);
  backend_.rows_hashed = 0;
  Learn(kSpec, rows, &start);
  EXPECT_EQ(backend_.rows_hashed, 5 * 300U);
}

TEST_F(PartitionLearnerTest, FewOrEqualRowsGiveFiniteAnchors) {
  std::vector<Matrix> inputs = {GaussianMatrix(1, kCols, 1),
                                GaussianMatrix(5, kCols, 1),
                                GaussianMatrix(16, kCols, 1),
                                Matrix(40, kCols, 0.7F),
                                Matrix(40, kCols),
                                Matrix(2, kCols, -1e-30F)};
  for (const Matrix& rows : inputs) {
    const auto partition = Learn(kSpec, rows);
    EXPECT_TRUE(IsFinite(*partition));
    EXPECT_TRUE(IsFinite(*Learn(kSpec, rows, partition.get())));
  }
}

TEST_F(PartitionLearnerTest, TheLargestRowsGiveFiniteAnchors) {
  Matrix rows = GaussianMatrix(600, kCols, 1);
  for (float& value : rows.values) {
    value = std::clamp(value * 2e38F, -3.389e38F, 3.389e38F);
  }
  const auto partition = Learn(kSpec, rows);
  EXPECT_TRUE(IsFinite(*partition));
  EXPECT_TRUE(IsFinite(*Learn(kSpec, rows, partition.get())));
}

TEST_F(PartitionLearnerTest, ALoneRowIsTheAnchorOfItsCell) {
  const Matrix row = GaussianMatrix(1, kCols, 1);
  const auto partition = Learn(kSpec, row);
  const std::size_t cell = CellsOf(*partition, row).row(0)[0];
  EXPECT_GT(Cosine(Anchor(*partition, cell), row.row(0)), 0.9999);
  EXPECT_LT(partition->cells().spreads[cell], 1e-3);
}

TEST_F(PartitionLearnerTest, ErrorsAreThoseOfTheBackend) {
  backend_.fail_hash = true;
  const auto learned = LearnPartition(
      kSpec, *test_support::FreezeMatrix(Clusters(100, 1)), nullptr, backend_);
  EXPECT_EQ(learned.status(), absl::InternalError("hashing broke"));
}

}  // namespace
}  // namespace mongoose
