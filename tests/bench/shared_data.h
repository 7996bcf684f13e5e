// Reads the optional data sets of the comparison from one folder.
#ifndef MONGOOSE_TESTS_BENCH_SHARED_DATA_H_
#define MONGOOSE_TESTS_BENCH_SHARED_DATA_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "tests/support/matrix.h"

namespace mongoose::bench {

struct RowsAndQueries {
  test_support::Matrix rows;
  test_support::Matrix queries;
};

// Files words.i8 (vectors), words.words.txt (line i names row i) and
// austen.txt (plain text).  A query is the mean of eight consecutive words
// that have a vector, each weighted by ln(words in the text / its count).
// NotFound when a file is missing, InvalidArgument when one is not understood.
absl::StatusOr<RowsAndQueries> ReadWordVectors(const std::string& folder,
                                               std::size_t num_queries);

// Files debian.W.i8, debian.W.scale (rows; the last value is the bias) and
// debian.H.i8, debian.H.scale (queries; the last value is 1).
absl::StatusOr<RowsAndQueries> ReadTrainedLayer(const std::string& folder);

}  // namespace mongoose::bench

#endif  // MONGOOSE_TESTS_BENCH_SHARED_DATA_H_
