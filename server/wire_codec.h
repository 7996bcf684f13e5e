// The bulk data of messages as numbers, and back.
#ifndef MONGOOSE_SERVER_WIRE_CODEC_H_
#define MONGOOSE_SERVER_WIRE_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/repeated_field.h>

#include "absl/status/statusor.h"
#include "core/base/matrix_view.h"

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::server {

// The values of a matrix in a message: the message's own bytes where those are
// floats in their places, so that bulk data is not copied again; else decoded.
// Moves, but does not copy.
class WireMatrix {
 public:
  WireMatrix() = default;
  // REQUIRES: rows * cols values.
  WireMatrix(std::size_t rows, std::size_t cols, std::span<const float> values)
      : rows_(rows), cols_(cols), values_(values) {}
  WireMatrix(std::size_t rows, std::size_t cols, std::vector<float> decoded)
      : rows_(rows),
        cols_(cols),
        decoded_(std::move(decoded)),
        values_(decoded_) {}
  WireMatrix(WireMatrix&&) = default;
  WireMatrix& operator=(WireMatrix&&) = default;

  std::size_t rows() const { return rows_; }
  MatrixView<const float> view() const { return {values_, rows_, cols_}; }

 private:
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
  std::vector<float> decoded_;
  std::span<const float> values_;
};

// Any data type as floats; `field` names the matrix in errors.  With
// `append_one`, each row gets a last value of 1, the bias coordinate.
// InvalidArgument when the data type is unknown or a byte length is wrong.
// The message must outlive the answer and not change.
absl::StatusOr<WireMatrix> DecodeMatrix(const v1::Matrix& matrix,
                                        std::string_view field,
                                        bool append_one);
absl::StatusOr<WireMatrix> DecodeMatrix(v1::Matrix&&, std::string_view,
                                        bool) = delete;

// [n] little-endian uint32.  InvalidArgument unless the length is a multiple
// of 4.
absl::StatusOr<std::vector<std::uint32_t>> DecodeUint32s(
    const std::string& bytes, std::string_view field);
// [n] little-endian uint16, likewise of 2.
absl::StatusOr<std::vector<std::uint16_t>> DecodeUint16s(
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

// Each id less the one before it (the first less 0), modulo 2^32: small numbers
// where ids ascend, which protobuf packs into a byte or two.
void EncodeIdDeltas(std::span<const std::uint32_t> ids,
                    google::protobuf::RepeatedField<std::uint32_t>& deltas);

// As FP32.
v1::Matrix EncodeMatrix(MatrixView<const float> matrix);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_WIRE_CODEC_H_
