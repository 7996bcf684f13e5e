#include "client/examples/trajectory.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace mongoose::examples {
namespace {

constexpr std::uint64_t kMark = 0x31454752544d5347ULL;  // "GSMTRGE1"

// More than any writer keeps in a frame.
constexpr std::uint64_t kMaxQueries = 65536;

// Numbers before the data of a file and of a frame.
using FileHead = std::array<std::uint64_t, 3>;   // mark, rows, cols
using FrameHead = std::array<std::uint64_t, 4>;  // step, changes, ids, queries

template <typename T>
void Write(std::ostream& file, std::span<const T> values) {
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size_bytes()));
}

template <typename T>
void Read(std::istream& file, std::span<T> values) {
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size_bytes()));
}

}  // namespace

TrajectoryWriter::TrajectoryWriter(std::ofstream file, std::string path,
                                   std::size_t num_queries)
    : file_(std::move(file)),
      path_(std::move(path)),
      num_queries_(num_queries) {}

absl::StatusOr<TrajectoryWriter> TrajectoryWriter::Create(
    const std::string& path, std::size_t num_queries) {
  std::ofstream file(path, std::ios::binary);
  if (!file) return absl::UnavailableError(absl::StrCat("cannot write ", path));
  return TrajectoryWriter(std::move(file), path, num_queries);
}

absl::Status TrajectoryWriter::AddFrame(std::uint64_t step,
                                        const DenseMatrix& weights,
                                        const DenseMatrix& hidden) {
  if (!has_frames_) {
    Write(file_, std::span<const std::uint64_t>(
                     FileHead{kMark, weights.rows(), weights.cols()}));
    last_.Reshape(weights.rows(), weights.cols());
  }
  std::vector<std::uint32_t> ids;
  for (std::size_t row = 0; row < weights.rows(); ++row) {
    if (!has_frames_ || !std::ranges::equal(weights.row(row), last_.row(row))) {
      ids.push_back(static_cast<std::uint32_t>(row));
    }
  }
  const std::size_t queries = std::min(num_queries_, hidden.rows());
  Write(file_, std::span<const std::uint64_t>(
                   FrameHead{step, row_changes_, ids.size(), queries}));
  Write(file_, std::span<const std::uint32_t>(ids));
  for (const std::uint32_t row : ids) {
    Write(file_, weights.row(row));
    std::ranges::copy(weights.row(row), last_.row(row).begin());
  }
  Write(file_, hidden.values().first(queries * hidden.cols()));
  has_frames_ = true;
  row_changes_ = 0;
  file_.flush();
  if (file_) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot write to ", path_));
}

absl::StatusOr<TrajectoryReader> TrajectoryReader::Open(
    const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  FileHead head{};
  mongoose::examples::Read(file, std::span<std::uint64_t>(head));
  if (!file || head[0] != kMark || head[2] < 2) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is not a trajectory"));
  }
  TrajectoryReader reader(std::move(file), path);
  reader.num_rows_ = head[1];
  reader.cols_ = head[2];
  return reader;
}

absl::Status TrajectoryReader::Read(TrajectoryFrame& frame) {
  FrameHead head{};
  mongoose::examples::Read(file_, std::span<std::uint64_t>(head));
  if (file_.eof() && file_.gcount() == 0) {
    return absl::OutOfRangeError("no more frames");
  }
  const bool valid = file_ && head[2] <= num_rows_ && head[3] <= kMaxQueries;
  if (valid) {
    frame.step = head[0];
    frame.row_changes = head[1];
    frame.ids.resize(head[2]);
    frame.values.Reshape(head[2], cols_);
    frame.hidden.Reshape(head[3], cols_ - 1);
    mongoose::examples::Read(file_, std::span<std::uint32_t>(frame.ids));
    mongoose::examples::Read(file_, frame.values.values());
    mongoose::examples::Read(file_, frame.hidden.values());
  }
  const auto in_range = [&](std::uint32_t id) { return id < num_rows_; };
  if (valid && file_ && std::ranges::all_of(frame.ids, in_range)) {
    return absl::OkStatus();
  }
  return absl::DataLossError(
      absl::StrCat(path_, " is cut off or not what was written"));
}

}  // namespace mongoose::examples
