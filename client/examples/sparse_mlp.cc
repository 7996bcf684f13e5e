#include "client/examples/sparse_mlp.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <span>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "client/examples/dense_matrix.h"

namespace mongoose::examples {
namespace {

constexpr std::uint64_t kCheckpointMark = 0x32504c4d4753474dULL;  // "MGSGMLP2"

// All of the model's state, in the order of the file.
std::array<DenseMatrix*, 10> StateOf(InputLayer& input, OutputLayer& output) {
  return {&input.embeddings(),
          &input.embedding_optimizer().mean(),
          &input.embedding_optimizer().square(),
          &input.bias(),
          &input.bias_optimizer().mean(),
          &input.bias_optimizer().square(),
          &output.weights(),
          &output.optimizer().mean(),
          &output.optimizer().square(),
          &output.rates().state()};
}

void WriteNumber(std::ostream& file, std::uint64_t number) {
  file.write(reinterpret_cast<const char*>(&number), sizeof(number));
}

std::uint64_t ReadNumber(std::istream& file) {
  std::uint64_t number = 0;
  file.read(reinterpret_cast<char*>(&number), sizeof(number));
  return number;
}

std::streamsize NumBytes(std::span<const float> values) {
  return static_cast<std::streamsize>(values.size_bytes());
}

}  // namespace

SparseMlp::SparseMlp(const MlpShape& shape, const OptimizerOptions& options,
                     std::uint64_t seed)
    : input_(shape.num_features, shape.hidden_dim, options, 2 * seed),
      output_(shape.num_labels, shape.hidden_dim, options, 2 * seed + 1) {}

absl::Status SparseMlp::Save(const std::string& path) {
  const std::string unfinished = path + ".part";
  std::ofstream file(unfinished, std::ios::binary);
  WriteNumber(file, kCheckpointMark);
  WriteNumber(file, steps());
  for (DenseMatrix* matrix : StateOf(input_, output_)) {
    const std::span<const float> values = matrix->values();
    WriteNumber(file, values.size());
    file.write(reinterpret_cast<const char*>(values.data()), NumBytes(values));
  }
  file.close();
  std::error_code error;
  if (file) {
    std::filesystem::rename(unfinished, path, error);
  }
  if (!file || error) {
    return absl::InternalError(absl::StrCat("cannot write ", path));
  }
  return absl::OkStatus();
}

absl::Status SparseMlp::Load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(absl::StrCat("cannot read ", path));
  }
  bool valid = ReadNumber(file) == kCheckpointMark;
  const std::uint64_t steps = ReadNumber(file);
  for (DenseMatrix* matrix : StateOf(input_, output_)) {
    const std::span<float> values = matrix->values();
    valid = valid && ReadNumber(file) == values.size();
    if (valid) {
      file.read(reinterpret_cast<char*>(values.data()), NumBytes(values));
    }
  }
  if (!valid || !file) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, " must be a checkpoint of this model and optimizer"));
  }
  output_.optimizer().SetSteps(steps);
  input_.embedding_optimizer().SetSteps(steps);
  input_.bias_optimizer().SetSteps(steps);
  return absl::OkStatus();
}

}  // namespace mongoose::examples
