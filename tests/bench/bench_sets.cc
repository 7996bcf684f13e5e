#include "tests/bench/bench_sets.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/base/counter_rng.h"
#include "core/base/status_macros.h"
#include "tests/bench/shared_data.h"
#include "tests/bench/trained_model.h"

namespace mongoose::bench {
namespace {

constexpr std::size_t kDim = 128;
constexpr std::size_t kCentres = 3000;
constexpr std::size_t kQueries = 2000;
constexpr std::uint64_t kSeed = 20220222;

void AddNoise(std::span<float> values, double scale, CounterRng& rng) {
  for (float& v : values) v += static_cast<float>(scale * rng.NextGaussian());
}

// Sums of the chances of centres 0..c.
std::vector<double> CentreChances() {
  std::vector<double> sums(kCentres);
  for (std::size_t c = 0; c < kCentres; ++c) {
    sums[c] = 1 / std::sqrt(static_cast<double>(c + 1));
  }
  std::partial_sum(sums.begin(), sums.end(), sums.begin());
  for (double& sum : sums) sum /= sums.back();
  return sums;
}

Matrix ClusteredRows(std::size_t num_rows) {
  const Matrix centres = test_support::GaussianMatrix(kCentres, kDim, kSeed);
  const std::vector<double> chances = CentreChances();
  Matrix rows(num_rows, kDim);
  for (std::size_t i = 0; i < num_rows; ++i) {
    CounterRng rng(kSeed, i);  // the same rows in a larger set
    const auto centre =
        std::ranges::lower_bound(chances, rng.NextUniform()) - chances.begin();
    const auto row = rows.row(i);
    std::ranges::copy(centres.row(static_cast<std::size_t>(centre)),
                      row.begin());
    AddNoise(row, 0.8, rng);
    const auto scale = static_cast<float>(std::exp(0.1 * rng.NextGaussian()));
    for (float& v : row) v *= scale;
  }
  return rows;
}

Matrix PlantedQueries(const Matrix& rows) {
  Matrix queries(kQueries, rows.cols);
  CounterRng rng(kSeed, std::uint64_t{1} << 40);
  for (std::size_t i = 0; i < kQueries; ++i) {
    const auto query = queries.row(i);
    const auto row = rng.NextBelow(static_cast<std::uint32_t>(rows.rows));
    std::ranges::copy(rows.row(row), query.begin());
    AddNoise(query, 0.5, rng);
    for (float& v : query) v = std::max(v, 0.0F);
  }
  return queries;
}

double Norm(std::span<const float> values) {
  double squares = 0;
  for (const float v : values) squares += double{v} * double{v};
  return std::sqrt(squares);
}

void CentreAndNormalise(Matrix& matrix) {
  std::vector<double> mean(matrix.cols, 0);
  for (std::size_t i = 0; i < matrix.values.size(); ++i) {
    mean[i % matrix.cols] += double{matrix.values[i]};
  }
  for (double& m : mean) m /= static_cast<double>(matrix.rows);
  for (std::size_t i = 0; i < matrix.rows; ++i) {
    const auto row = matrix.row(i);
    for (std::size_t c = 0; c < row.size(); ++c) {
      row[c] -= static_cast<float>(mean[c]);
    }
    const double norm = std::max(Norm(row), 1e-12);
    for (float& v : row) v = static_cast<float>(double{v} / norm);
  }
}

BenchSet Finish(BenchSet set) {
  set.frozen = test_support::FreezeMatrix(set.rows);
  return set;
}

}  // namespace

BenchSet MakeSynthetic(std::string name, std::size_t num_rows) {
  BenchSet set;
  set.name = std::move(name);
  set.law = "synthetic: 3000 centres of unequal popularity plus noise";
  set.rows = ClusteredRows(num_rows);
  set.queries = PlantedQueries(set.rows);
  return Finish(std::move(set));
}

absl::StatusOr<BenchSet> MakeSet(const std::string& name,
                                 const BenchOptions& options) {
  if (name == "a") {
    return options.quick ? MakeSynthetic("a-small", 65000)
                         : MakeSynthetic("a", 325000);
  }
  if (name == "b") return MakeSynthetic("b", 670091);
  BenchSet set;
  set.name = name;
  RowsAndQueries read;
  if (name == "s") {
    ASSIGN_OR_RETURN(read, ReadTrainedLayer(options.data));
    set.law = "trained softmax layer with its bias; queries: hidden states";
  } else if (name == "w") {
    ASSIGN_OR_RETURN(read, ReadModelLayer(options.data, kQueries));
    set.law = "output layer of the demo's model; queries: hidden states";
  } else if (name == "v" || name == "u") {
    ASSIGN_OR_RETURN(read, ReadModelWords(options.data, kQueries));
    set.law = "word vectors of the demo's model; queries: means of texts";
  } else if (name == "g" || name == "n") {
    ASSIGN_OR_RETURN(read, ReadWordVectors(options.data, kQueries));
    set.law = "word vectors; queries: means of 8 consecutive words of a text";
  } else {
    return absl::InvalidArgumentError("no set named '" + name + "'");
  }
  set.rows = std::move(read.rows);
  set.queries = std::move(read.queries);
  if (name == "n" || name == "u") {
    set.law += "; both centred and normalised";
    CentreAndNormalise(set.rows);
    CentreAndNormalise(set.queries);
  }
  return Finish(std::move(set));
}

BenchSet FirstRows(const BenchSet& set, std::string name,
                   std::size_t num_rows) {
  BenchSet part;
  part.name = std::move(name);
  part.law = "first " + std::to_string(num_rows) + " rows of " + set.name;
  part.rows = Matrix(num_rows, set.rows.cols);
  std::copy_n(set.rows.values.begin(), part.rows.values.size(),
              part.rows.values.begin());
  part.queries = set.queries;
  return Finish(std::move(part));
}

RowChange ChangeRows(const BenchSet& set, std::uint64_t seed) {
  RowChange change;
  CounterRng rng(seed, 7);
  const std::size_t count = std::max<std::size_t>(1, set.rows.rows / 100);
  change.ids = test_support::RandomIds(set.rows.rows, count, rng);
  std::ranges::sort(change.ids);
  change.before = Matrix(count, set.rows.cols);
  change.after = Matrix(count, set.rows.cols);
  Matrix all = set.rows;
  const double root = std::sqrt(static_cast<double>(set.rows.cols));
  for (std::size_t i = 0; i < count; ++i) {
    const auto row = all.row(change.ids[i]);
    std::ranges::copy(row, change.before.row(i).begin());
    AddNoise(row, 0.1 * Norm(row) / root, rng);
    std::ranges::copy(row, change.after.row(i).begin());
  }
  change.frozen_after = test_support::FreezeMatrix(all);
  return change;
}

}  // namespace mongoose::bench
