#include "tests/bench/trained_model.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <vector>

#include "absl/status/status.h"
#include "client/examples/sparse_mlp.h"
#include "client/examples/xc_dataset.h"
#include "core/base/status_macros.h"

namespace mongoose::bench {
namespace {

using examples::DenseMatrix;
using examples::SparseMlp;
using examples::XcPoints;
using test_support::Matrix;

constexpr std::size_t kHiddenDim = 128;  // of mongoose-train-xc

struct Model {
  std::unique_ptr<SparseMlp> mlp;
  XcPoints points;  // as many as queries are wanted
};

absl::StatusOr<Model> ReadModel(const std::string& folder,
                                std::size_t num_queries) {
  ASSIGN_OR_RETURN(const examples::XcDataset test,
                   examples::ReadXcFile(folder + "/wordnet.test.txt"));
  if (test.points.count() < num_queries) {
    return absl::InvalidArgumentError("wordnet.test.txt has too few points");
  }
  Model model;
  model.mlp = std::make_unique<SparseMlp>(
      examples::MlpShape{.num_features = test.num_features,
                         .hidden_dim = kHiddenDim,
                         .num_labels = test.num_labels},
      examples::OptimizerOptions{}, /*seed=*/1);
  RETURN_IF_ERROR(model.mlp->Load(folder + "/model.dense"));
  std::vector<std::uint32_t> ranks(num_queries);
  std::iota(ranks.begin(), ranks.end(), 0U);
  model.points = examples::SelectPoints(test.points, ranks);
  return model;
}

Matrix Copy(const DenseMatrix& source) {
  Matrix matrix(source.rows(), source.cols());
  std::ranges::copy(source.values(), matrix.values.begin());
  return matrix;
}

}  // namespace

absl::StatusOr<RowsAndQueries> ReadModelLayer(const std::string& folder,
                                              std::size_t num_queries) {
  ASSIGN_OR_RETURN(const Model model, ReadModel(folder, num_queries));
  DenseMatrix hidden;
  model.mlp->input().Forward(model.points, hidden);
  RowsAndQueries set{.rows = Copy(model.mlp->output().weights()),
                     .queries = Matrix(num_queries, kHiddenDim + 1, 1.0F)};
  for (std::size_t i = 0; i < num_queries; ++i) {
    std::ranges::copy(hidden.row(i), set.queries.row(i).begin());
  }
  return set;
}

absl::StatusOr<RowsAndQueries> ReadModelWords(const std::string& folder,
                                              std::size_t num_queries) {
  ASSIGN_OR_RETURN(const Model model, ReadModel(folder, num_queries));
  RowsAndQueries set{.rows = Copy(model.mlp->input().embeddings()),
                     .queries = Matrix(num_queries, kHiddenDim)};
  for (std::size_t i = 0; i < num_queries; ++i) {
    const auto words = model.points.features.list(i);
    const auto weights = model.points.values(i);
    const float sum = std::accumulate(weights.begin(), weights.end(), 0.0F);
    for (std::size_t w = 0; w < words.size() && sum > 0; ++w) {
      for (std::size_t c = 0; c < kHiddenDim; ++c) {
        set.queries.row(i)[c] += weights[w] / sum * set.rows.row(words[w])[c];
      }
    }
  }
  return set;
}

}  // namespace mongoose::bench
