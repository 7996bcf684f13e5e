#include "tests/bench/shared_data.h"

#include <array>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/base/row_id.h"
#include "core/base/status_macros.h"

namespace mongoose::bench {
namespace {

using test_support::Matrix;

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError("no file " + path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// uint32 rows, uint32 cols, then [rows, cols] int8.
absl::StatusOr<Matrix> ReadInt8Matrix(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  std::array<std::uint32_t, 2> shape{};
  if (bytes.size() >= sizeof shape) {
    std::memcpy(shape.data(), bytes.data(), sizeof shape);
  }
  const std::size_t count = std::size_t{shape[0]} * shape[1];
  if (count == 0 || bytes.size() != sizeof shape + count) {
    return absl::InvalidArgumentError(path + " has a wrong length");
  }
  Matrix matrix(shape[0], shape[1]);
  for (std::size_t i = 0; i < count; ++i) {
    matrix.values[i] = static_cast<signed char>(bytes[sizeof shape + i]);
  }
  return matrix;
}

// Multiplies row i by value i of the file.
absl::Status ScaleRows(const std::string& path, Matrix& matrix) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  std::vector<float> scales(matrix.rows);
  if (bytes.size() != scales.size() * sizeof(float)) {
    return absl::InvalidArgumentError(path + " has a wrong length");
  }
  std::memcpy(scales.data(), bytes.data(), bytes.size());
  for (std::size_t i = 0; i < matrix.rows; ++i) {
    for (float& v : matrix.row(i)) v *= scales[i];
  }
  return absl::OkStatus();
}

absl::StatusOr<Matrix> ReadScaledMatrix(const std::string& stem) {
  ASSIGN_OR_RETURN(Matrix matrix, ReadInt8Matrix(stem + ".i8"));
  RETURN_IF_ERROR(ScaleRows(stem + ".scale", matrix));
  return matrix;
}

// The rows of the text's words that have a vector, in the text's order.
std::vector<RowId> WordsOfText(
    const std::string& text,
    const std::unordered_map<std::string, RowId>& vocabulary) {
  std::vector<RowId> ids;
  std::string word;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalpha(byte) != 0) {
      word.push_back(static_cast<char>(std::tolower(byte)));
      continue;
    }
    if (const auto it = vocabulary.find(word); it != vocabulary.end()) {
      ids.push_back(it->second);
    }
    word.clear();
  }
  return ids;
}

// The weighted mean of `rows` by ids.
void MeanOf(const Matrix& rows, std::span<const RowId> ids,
            std::span<const double> weights, std::span<float> out) {
  double sum = 0;
  for (const RowId id : ids) sum += weights[id];
  for (const RowId id : ids) {
    const auto weight = static_cast<float>(weights[id] / sum);
    for (std::size_t c = 0; c < out.size(); ++c) {
      out[c] += weight * rows.row(id)[c];
    }
  }
}

Matrix QueriesOfText(const Matrix& rows, std::span<const RowId> text,
                     std::size_t num_queries) {
  constexpr std::size_t kWords = 8;
  std::vector<double> weights(rows.rows, 0);
  for (const RowId id : text) ++weights[id];
  for (double& weight : weights) {
    weight = std::log(static_cast<double>(text.size()) / (weight + 1));
  }
  Matrix queries(num_queries, rows.cols);
  for (std::size_t i = 0; i < num_queries; ++i) {
    const std::size_t first = i * (text.size() - kWords) / num_queries;
    MeanOf(rows, text.subspan(first, kWords), weights, queries.row(i));
  }
  return queries;
}

}  // namespace

absl::StatusOr<RowsAndQueries> ReadWordVectors(const std::string& folder,
                                               std::size_t num_queries) {
  RowsAndQueries set;
  ASSIGN_OR_RETURN(set.rows, ReadInt8Matrix(folder + "/words.i8"));
  for (float& v : set.rows.values) v /= 127.0F;
  ASSIGN_OR_RETURN(const std::string names,
                   ReadFile(folder + "/words.words.txt"));
  ASSIGN_OR_RETURN(const std::string text, ReadFile(folder + "/austen.txt"));
  std::unordered_map<std::string, RowId> vocabulary;
  std::istringstream lines(names);
  for (std::string name; std::getline(lines, name);) {
    vocabulary.emplace(name, static_cast<RowId>(vocabulary.size()));
  }
  if (vocabulary.size() != set.rows.rows) {
    return absl::InvalidArgumentError("words.words.txt must name each row");
  }
  const std::vector<RowId> ids = WordsOfText(text, vocabulary);
  if (ids.size() < num_queries) {
    return absl::InvalidArgumentError("austen.txt is too short");
  }
  set.queries = QueriesOfText(set.rows, ids, num_queries);
  return set;
}

absl::StatusOr<RowsAndQueries> ReadTrainedLayer(const std::string& folder) {
  RowsAndQueries set;
  ASSIGN_OR_RETURN(set.rows, ReadScaledMatrix(folder + "/debian.W"));
  ASSIGN_OR_RETURN(set.queries, ReadScaledMatrix(folder + "/debian.H"));
  if (set.rows.cols != set.queries.cols) {
    return absl::InvalidArgumentError("debian.W and debian.H differ in width");
  }
  return set;
}

}  // namespace mongoose::bench
