// Numbers as the little-endian bytes of the wire, and back.
#ifndef MONGOOSE_CLIENT_WIRE_BYTES_H_
#define MONGOOSE_CLIENT_WIRE_BYTES_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::client {

static_assert(std::endian::native == std::endian::little,
              "the wire format is little-endian");

// The bytes of `values`, for a `bytes` field.
template <typename T>
std::string ToBytes(std::span<const T> values) {
  static_assert(std::is_trivially_copyable_v<T>);
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

// Copies a `bytes` field into numbers; a trailing partial number is dropped.
template <typename T>
std::vector<T> FromBytes(const std::string& bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) {
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  }
  return values;
}

// The ids of an answer, whichever way they were sent.
std::vector<std::uint32_t> AnswerIds(const v1::QueryNeuronsResponse& response);

// `values` [rows, cols] as a Matrix in `dtype`, FP32 or BF16 (rounded to
// nearest even).
v1::Matrix ToMatrix(std::span<const float> values, std::uint32_t rows,
                    v1::DataType dtype = v1::DATA_TYPE_FP32);

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_WIRE_BYTES_H_
