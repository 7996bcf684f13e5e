// The rows and queries that all methods are measured on.
#ifndef MONGOOSE_TESTS_BENCH_BENCH_SETS_H_
#define MONGOOSE_TESTS_BENCH_BENCH_SETS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/frozen_rows.h"
#include "core/base/row_id.h"
#include "tests/bench/bench_options.h"
#include "tests/support/matrix.h"

namespace mongoose::bench {

using test_support::Matrix;

struct BenchSet {
  std::string name;
  std::string law;  // what the rows and queries are, for the report
  Matrix rows;
  Matrix queries;
  std::shared_ptr<const FrozenRows> frozen;  // equal to rows
};

// Clustered rows, 128 values each, and 2,000 planted queries.
//
// There are 3,000 centres, each Normal(0, 1) in every coordinate.  Row i
// belongs to centre c with a chance in proportion to (c + 1)^-1/2 and is the
// centre plus 0.8 times Normal(0, 1) noise, all times exp(0.1 Normal(0, 1)):
// mates of a cluster have a cosine near 0.61, the largest cluster has about
// 0.9 % of all rows.  A query is a random row plus 0.5 times noise, cut at
// zero, as a ReLU layer would leave it.
BenchSet MakeSynthetic(std::string name, std::size_t num_rows);

// Set a (325,000 rows) or b (670,091), synthetic; g: word vectors, queries are
// idf-weighted means of eight consecutive words of a novel; n: g with the
// means of rows and of queries taken away and all norms 1; s: the output layer
// of a trained softmax net with its hidden states as queries; w, v and u: the
// same three of the demo's model (trained_model.h), u without hubs.  NotFound
// when the data of a set is not in options.data.
absl::StatusOr<BenchSet> MakeSet(const std::string& name,
                                 const BenchOptions& options);

// The first `num_rows` rows of a set, with the same queries.
BenchSet FirstRows(const BenchSet& set, std::string name, std::size_t num_rows);

// A change of 1 % of the rows: each with noise of a tenth of its norm.
struct RowChange {
  std::vector<RowId> ids;  // ascending
  Matrix before;           // [ids, cols]
  Matrix after;
  std::shared_ptr<const FrozenRows> frozen_after;  // of the whole set
};
RowChange ChangeRows(const BenchSet& set, std::uint64_t seed);

}  // namespace mongoose::bench

#endif  // MONGOOSE_TESTS_BENCH_BENCH_SETS_H_
