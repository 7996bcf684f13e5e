#ifndef MONGOOSE_CLIENT_NPY_FILE_H_
#define MONGOOSE_CLIENT_NPY_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace mongoose::client {

// A two-dimensional array of floats, [rows, cols], row-major.
struct NpyMatrix {
  std::vector<float> values;
  std::uint32_t rows = 0;
  std::uint32_t cols = 0;
};

// Reads a NumPy .npy file (format 1 to 3) of shape [rows, cols], dtype <f4 or
// <f8, C order.  NotFound when it cannot be opened; InvalidArgument with what
// is wrong with it otherwise.
absl::StatusOr<NpyMatrix> ReadNpy(const std::string& path);

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_NPY_FILE_H_
