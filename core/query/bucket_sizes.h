#ifndef MONGOOSE_CORE_QUERY_BUCKET_SIZES_H_
#define MONGOOSE_CORE_QUERY_BUCKET_SIZES_H_

#include <cstddef>

#include "core/query/index_snapshot.h"

namespace mongoose {

// How evenly rows are spread over the buckets of all tables, or over cells.
struct BucketSizes {
  std::size_t largest = 0;  // rows
  // Rows in the bucket of a random row: sum of squared sizes / sum of sizes.
  // Equals the mean size when all buckets are equal.
  double expected = 0;
};

BucketSizes MeasureBuckets(const IndexSnapshot& snapshot);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_BUCKET_SIZES_H_
