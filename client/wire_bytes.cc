#include "client/wire_bytes.h"

#include <cassert>
#include <cstddef>
#include <numeric>

namespace mongoose::client {
namespace {

std::uint16_t RoundToBfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounding = 0x7FFFU + ((bits >> 16) & 1U);
  return static_cast<std::uint16_t>((bits + rounding) >> 16);
}

}  // namespace

std::vector<std::uint32_t> AnswerIds(const v1::QueryNeuronsResponse& response) {
  if (response.id_deltas().empty()) {
    return FromBytes<std::uint32_t>(response.ids());
  }
  std::vector<std::uint32_t> ids(response.id_deltas().begin(),
                                 response.id_deltas().end());
  std::partial_sum(ids.begin(), ids.end(), ids.begin());
  return ids;
}

v1::Matrix ToMatrix(std::span<const float> values, std::uint32_t rows,
                    v1::DataType dtype) {
  assert(rows == 0 ? values.empty() : values.size() % rows == 0);
  v1::Matrix matrix;
  matrix.set_dtype(dtype);
  matrix.set_rows(rows);
  matrix.set_cols(rows == 0 ? 0
                            : static_cast<std::uint32_t>(values.size() / rows));
  if (dtype == v1::DATA_TYPE_BF16) {
    std::string& bytes = *matrix.mutable_values();
    bytes.resize(values.size() * sizeof(std::uint16_t));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::uint16_t rounded = RoundToBfloat16(values[i]);
      std::memcpy(&bytes[i * sizeof(rounded)], &rounded, sizeof(rounded));
    }
  } else {
    assert(dtype == v1::DATA_TYPE_FP32);
    matrix.set_values(ToBytes(values));
  }
  return matrix;
}

}  // namespace mongoose::client
