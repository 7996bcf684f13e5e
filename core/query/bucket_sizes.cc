#include "core/query/bucket_sizes.h"

#include <algorithm>
#include <vector>

namespace mongoose {
namespace {

class SizeSums {
 public:
  void Add(std::size_t size) {
    largest_ = std::max(largest_, size);
    const auto rows = static_cast<double>(size);
    sum_ += rows;
    squares_ += rows * rows;
  }
  BucketSizes Get() const {
    return {.largest = largest_, .expected = sum_ == 0 ? 0 : squares_ / sum_};
  }

 private:
  std::size_t largest_ = 0;
  double sum_ = 0;
  double squares_ = 0;
};

// Rows of each bucket of one table, over all segments.
std::vector<std::size_t> SizesOfTable(const Tables& tables, std::size_t table) {
  std::vector<std::size_t> sizes(tables.at(0, table).num_buckets(), 0);
  for (std::size_t segment = 0; segment < tables.num_segments(); ++segment) {
    const auto offsets = tables.at(segment, table).offsets();
    for (std::size_t b = 0; b < sizes.size(); ++b) {
      sizes[b] += offsets[b + 1] - offsets[b];
    }
  }
  return sizes;
}

}  // namespace

BucketSizes MeasureBuckets(const IndexSnapshot& snapshot) {
  SizeSums sums;
  if (snapshot.cells != nullptr) {
    for (std::size_t c = 0; c < snapshot.cells->num_cells(); ++c) {
      sums.Add(snapshot.cells->cell_size(c));
    }
    return sums.Get();
  }
  for (std::size_t table = 0; table < snapshot.tables->size(); ++table) {
    for (const std::size_t size : SizesOfTable(*snapshot.tables, table)) {
      sums.Add(size);
    }
  }
  return sums.Get();
}

}  // namespace mongoose
