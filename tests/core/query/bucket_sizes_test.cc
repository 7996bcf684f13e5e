#include "core/query/bucket_sizes.h"

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/worker_pool.h"
#include "core/table/table_builder.h"

namespace mongoose {
namespace {

// One table of four buckets with so many rows each.
IndexSnapshot SnapshotOf(const std::vector<std::size_t>& sizes) {
  std::size_t num_rows = 0;
  for (const std::size_t size : sizes) num_rows += size;
  CodeMatrix codes(num_rows, 1);
  RowId row = 0;
  for (std::size_t bucket = 0; bucket < sizes.size(); ++bucket) {
    for (std::size_t i = 0; i < sizes[bucket]; ++i) {
      codes.mutable_row(row++)[0] = static_cast<Code>(bucket);
    }
  }
  WorkerPool workers(0);
  IndexSnapshot snapshot;
  snapshot.tables =
      std::make_shared<const Tables>(BuildTables(codes, sizes.size(), workers));
  return snapshot;
}

TEST(BucketSizesTest, EqualBucketsAreExpectedToHoldTheirSize) {
  const BucketSizes sizes = MeasureBuckets(SnapshotOf({5, 5, 5, 5}));
  EXPECT_EQ(sizes.largest, 5U);
  EXPECT_DOUBLE_EQ(sizes.expected, 5);
}

TEST(BucketSizesTest, UnequalBucketsWeighByTheirRows) {
  const BucketSizes sizes = MeasureBuckets(SnapshotOf({1, 9, 0, 0}));
  EXPECT_EQ(sizes.largest, 9U);
  EXPECT_DOUBLE_EQ(sizes.expected, (1 + 81) / 10.0);
}

TEST(BucketSizesTest, SegmentsOfATableAreOneBucket) {
  const std::size_t half = kSegmentRows;
  const BucketSizes sizes = MeasureBuckets(SnapshotOf({half + 10, half - 10}));
  EXPECT_EQ(sizes.largest, half + 10);
}

}  // namespace
}  // namespace mongoose
