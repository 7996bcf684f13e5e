// The bulk data of messages as numbers, and back.
#ifndef MONGOOSE_SERVER_WIRE_CODEC_H_
#define MONGOOSE_SERVER_WIRE_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/matrix_view.h"

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::server {

// A matrix that owns its values, [rows, cols].
struct OwnedMatrix {
  std::vector<float> values;
  std::size_t rows = 0;
  std::size_t cols = 0;

  MatrixView<const float> view() const { return {values, rows, cols}; }
};

// Decodes any data type to floats; `field` names the matrix in errors.  With
// `append_one`, each row gets a last value of 1, the bias coordinate.
// InvalidArgument when the data type is unknown or a byte length is wrong.
absl::StatusOr<OwnedMatrix> DecodeMatrix(const v1::Matrix& matrix,
                                         std::string_view field,
                                         bool append_one);

// [n] little-endian uint32.  InvalidArgument unless the length is a multiple
// of 4.
absl::StatusOr<std::vector<std::uint32_t>> DecodeUint32s(
    const std::string& bytes, std::string_view field);
// [n] little-endian fp32, likewise.
absl::StatusOr<std::vector<float>> DecodeFloats(const std::string& bytes,
                                                std::string_view field);

template <typename T>
std::string EncodeBytes(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}
template <typename T>
std::string EncodeBytes(const std::vector<T>& values) {
  return EncodeBytes(std::span<const T>(values));
}

// As FP32.
v1::Matrix EncodeMatrix(MatrixView<const float> matrix);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_WIRE_CODEC_H_
