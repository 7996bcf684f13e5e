#include "server/wire_codec.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/base/bfloat16.h"
#include "core/base/status_macros.h"

namespace mongoose::server {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the wire format is little-endian");

float FromFloat16(std::uint16_t half) {
  const std::uint32_t sign = std::uint32_t{half & 0x8000U} << 16;
  const std::uint32_t exponent = half >> 10 & 0x1FU;
  const std::uint32_t mantissa = half & 0x3FFU;
  if (exponent == 0) {  // zero or subnormal: mantissa * 2^-24
    const float value = static_cast<float>(mantissa) * 0x1p-24F;
    return sign == 0 ? value : -value;
  }
  const std::uint32_t biased = exponent == 0x1F ? 0xFF : exponent + 112;
  return std::bit_cast<float>(sign | biased << 23 | mantissa << 13);
}

template <typename T>
std::vector<T> CopyBytes(const std::string& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) {
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  }
  return values;
}

// Bytes of one value, 0 for an unknown data type.
std::size_t ValueBytes(v1::DataType dtype) {
  switch (dtype) {
    case v1::DATA_TYPE_FP32:
      return 4;
    case v1::DATA_TYPE_FP16:
    case v1::DATA_TYPE_BF16:
      return 2;
    case v1::DATA_TYPE_INT8:
      return 1;
    default:
      return 0;
  }
}

absl::Status CheckShape(const v1::Matrix& matrix, std::string_view field) {
  const std::string name(field);
  const std::size_t value_bytes = ValueBytes(matrix.dtype());
  if (value_bytes == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ".dtype must be FP32, FP16, BF16 or INT8, got ",
                     static_cast<int>(matrix.dtype())));
  }
  const std::uint64_t expected =
      std::uint64_t{matrix.rows()} * matrix.cols() * value_bytes;
  // rows * cols * 4 stays below 2^66: compare without overflow.
  const bool fits =
      matrix.rows() == 0 || matrix.cols() == 0 ||
      std::uint64_t{matrix.rows()} * matrix.cols() <= matrix.values().size();
  if (!fits || matrix.values().size() != expected) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ".values must have rows * cols * ", value_bytes,
                     " bytes = ", matrix.rows(), " * ", matrix.cols(), " * ",
                     value_bytes, ", got ", matrix.values().size()));
  }
  const std::size_t scales =
      matrix.dtype() == v1::DATA_TYPE_INT8 ? matrix.rows() * 4UL : 0;
  if (matrix.scales().size() != scales) {
    return absl::InvalidArgumentError(absl::StrCat(name, ".scales must have ",
                                                   scales, " bytes, got ",
                                                   matrix.scales().size()));
  }
  return absl::OkStatus();
}

// The floats of an FP32 matrix where they are; empty unless they are aligned.
std::span<const float> FloatsIn(const v1::Matrix& matrix) {
  const std::string& bytes = matrix.values();
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(float) != 0) {
    return {};
  }
  return {reinterpret_cast<const float*>(bytes.data()),
          bytes.size() / sizeof(float)};
}

// Rows of `cols` floats, of which some come from a message.
struct FloatRows {
  std::vector<float> values;
  std::size_t rows = 0;
  std::size_t cols = 0;
};

// Converts rows of `source` into `out` by value(row, raw).
template <typename Raw, typename Value>
void ConvertRows(const std::string& source, FloatRows& out,
                 std::size_t source_cols, Value value) {
  for (std::size_t row = 0; row < out.rows; ++row) {
    const char* from = source.data() + row * source_cols * sizeof(Raw);
    float* to = out.values.data() + row * out.cols;
    for (std::size_t c = 0; c < source_cols; ++c) {
      Raw raw;
      std::memcpy(&raw, from + c * sizeof(Raw), sizeof(Raw));
      to[c] = value(row, raw);
    }
  }
}

void ConvertMatrix(const v1::Matrix& matrix, FloatRows& out) {
  const std::string& bytes = matrix.values();
  const std::size_t cols = matrix.cols();
  switch (matrix.dtype()) {
    case v1::DATA_TYPE_FP16:
      ConvertRows<std::uint16_t>(
          bytes, out, cols,
          [](std::size_t, std::uint16_t v) { return FromFloat16(v); });
      return;
    case v1::DATA_TYPE_BF16:
      ConvertRows<Bfloat16>(bytes, out, cols, [](std::size_t, Bfloat16 v) {
        return FromBfloat16(v);
      });
      return;
    case v1::DATA_TYPE_INT8: {
      const std::vector<float> scales = CopyBytes<float>(matrix.scales());
      ConvertRows<std::int8_t>(bytes, out, cols,
                               [&](std::size_t row, std::int8_t v) {
                                 return static_cast<float>(v) * scales[row];
                               });
      return;
    }
    default:
      ConvertRows<float>(bytes, out, cols,
                         [](std::size_t, float v) { return v; });
  }
}

template <typename T>
absl::StatusOr<std::vector<T>> DecodeNumbers(const std::string& bytes,
                                             std::string_view field) {
  if (bytes.size() % sizeof(T) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(field), " must have a multiple of ", sizeof(T),
                     " bytes, got ", bytes.size()));
  }
  return CopyBytes<T>(bytes);
}

}  // namespace

absl::StatusOr<WireMatrix> DecodeMatrix(const v1::Matrix& matrix,
                                        std::string_view field,
                                        bool append_one) {
  RETURN_IF_ERROR(CheckShape(matrix, field));
  FloatRows out{.rows = matrix.rows(),
                .cols = matrix.cols() + (append_one ? 1UL : 0UL)};
  // Without columns there are no bytes to vouch for the number of rows.
  if (matrix.cols() == 0) out.rows = 0;
  if (matrix.dtype() == v1::DATA_TYPE_FP32 && !append_one) {
    const auto floats = FloatsIn(matrix);
    if (!floats.empty()) return WireMatrix(out.rows, out.cols, floats);
  }
  out.values.assign(out.rows * out.cols, 1.0F);
  ConvertMatrix(matrix, out);
  return WireMatrix(out.rows, out.cols, std::move(out.values));
}

absl::StatusOr<std::vector<std::uint32_t>> DecodeUint32s(
    const std::string& bytes, std::string_view field) {
  return DecodeNumbers<std::uint32_t>(bytes, field);
}

absl::StatusOr<std::vector<std::uint16_t>> DecodeUint16s(
    const std::string& bytes, std::string_view field) {
  return DecodeNumbers<std::uint16_t>(bytes, field);
}

absl::StatusOr<std::vector<float>> DecodeFloats(const std::string& bytes,
                                                std::string_view field) {
  return DecodeNumbers<float>(bytes, field);
}

void EncodeIdDeltas(std::span<const std::uint32_t> ids,
                    google::protobuf::RepeatedField<std::uint32_t>& deltas) {
  deltas.Resize(static_cast<int>(ids.size()), 0);
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    deltas[static_cast<int>(i)] = ids[i] - last;
    last = ids[i];
  }
}

v1::Matrix EncodeMatrix(MatrixView<const float> matrix) {
  v1::Matrix out;
  out.set_dtype(v1::DATA_TYPE_FP32);
  out.set_rows(static_cast<std::uint32_t>(matrix.rows()));
  out.set_cols(static_cast<std::uint32_t>(matrix.cols()));
  out.set_values(EncodeBytes(matrix.data()));
  return out;
}

}  // namespace mongoose::server
