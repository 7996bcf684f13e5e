// A file of how an output layer moved while it was trained.
#ifndef MONGOOSE_CLIENT_EXAMPLES_TRAJECTORY_H_
#define MONGOOSE_CLIENT_EXAMPLES_TRAJECTORY_H_

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/examples/dense_matrix.h"

namespace mongoose::examples {

// The layer after some step; unchanged rows are left out.
struct TrajectoryFrame {
  std::uint64_t step = 0;
  // Rows that the optimizer changed, summed over the steps since the frame
  // before: one row may count often.
  std::uint64_t row_changes = 0;
  std::vector<std::uint32_t> ids;  // ascending: rows that differ from then
  DenseMatrix values;              // [ids.size(), cols]
  DenseMatrix hidden;              // [queries, cols - 1], of the last batch
};

// Writes frames in the byte order of the machine.  Not thread-safe.
class TrajectoryWriter {
 public:
  // Keeps at most `num_queries` hidden vectors a frame.
  static absl::StatusOr<TrajectoryWriter> Create(const std::string& path,
                                                 std::size_t num_queries);

  // Counts the changed rows of one step.
  void AddStep(std::size_t row_changes) { row_changes_ += row_changes; }
  // The first frame has all rows.
  absl::Status AddFrame(std::uint64_t step, const DenseMatrix& weights,
                        const DenseMatrix& hidden);

 private:
  TrajectoryWriter(std::ofstream file, std::string path,
                   std::size_t num_queries);

  std::ofstream file_;
  std::string path_;
  std::size_t num_queries_;
  std::uint64_t row_changes_ = 0;
  bool has_frames_ = false;
  DenseMatrix last_;  // weights of the last frame
};

// Reads what TrajectoryWriter wrote.  Not thread-safe.
class TrajectoryReader {
 public:
  static absl::StatusOr<TrajectoryReader> Open(const std::string& path);

  std::size_t num_rows() const { return num_rows_; }
  std::size_t cols() const { return cols_; }
  // OutOfRange after the last frame; DataLoss when the file is damaged.
  absl::Status Read(TrajectoryFrame& frame);

 private:
  TrajectoryReader(std::ifstream file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}

  std::ifstream file_;
  std::string path_;
  std::size_t num_rows_ = 0;
  std::size_t cols_ = 0;
};

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_TRAJECTORY_H_
