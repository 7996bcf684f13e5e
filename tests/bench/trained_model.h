// Sets made from a model that mongoose-train-xc has trained and saved.
#ifndef MONGOOSE_TESTS_BENCH_TRAINED_MODEL_H_
#define MONGOOSE_TESTS_BENCH_TRAINED_MODEL_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/shared_data.h"

namespace mongoose::bench {

// Both read wordnet.test.txt and model.dense, a checkpoint of mode dense with
// Adagrad, in `folder`.  NotFound when a file is missing, InvalidArgument when
// one is not understood.

// The rows of the output layer with their biases; queries are the hidden
// states of the first `num_queries` test points, with a 1.
absl::StatusOr<RowsAndQueries> ReadModelLayer(const std::string& folder,
                                              std::size_t num_queries);
// The embeddings of the features (words); queries are the weighted means of
// the words of the first `num_queries` test points.
absl::StatusOr<RowsAndQueries> ReadModelWords(const std::string& folder,
                                              std::size_t num_queries);

}  // namespace mongoose::bench

#endif  // MONGOOSE_TESTS_BENCH_TRAINED_MODEL_H_
