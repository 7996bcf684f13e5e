#include "client/npy_file.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mongoose::client {
namespace {

absl::Status Malformed(const std::string& path, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
}

// The text after `key` in the header, up to `end`; empty when there is none.
std::string HeaderValue(const std::string& header, const std::string& key,
                        char begin, char end) {
  const std::size_t at = header.find(key);
  if (at == std::string::npos) return "";
  const std::size_t first = header.find(begin, at + key.size());
  if (first == std::string::npos) return "";
  const std::size_t last = header.find(end, first + 1);
  if (last == std::string::npos) return "";
  return header.substr(first + 1, last - first - 1);
}

// Splits a file into its header and its data.
absl::Status SplitFile(const std::string& path, const std::string& file,
                       std::string& header, std::string_view& data) {
  constexpr std::string_view kMagic = "\x93NUMPY";
  constexpr std::size_t kShortPreamble = 10;
  constexpr std::size_t kLongPreamble = 12;
  if (file.size() < kLongPreamble || !file.starts_with(kMagic)) {
    return Malformed(path, "not a .npy file");
  }
  const bool is_short = file[6] == 1;
  std::uint32_t header_bytes = 0;
  std::memcpy(&header_bytes, &file[8], is_short ? 2 : 4);
  const std::size_t start = is_short ? kShortPreamble : kLongPreamble;
  if (file.size() - start < header_bytes) {
    return Malformed(path, "the header is cut off");
  }
  header = file.substr(start, header_bytes);
  data = std::string_view(file).substr(start + header_bytes);
  return absl::OkStatus();
}

absl::Status ParseShape(const std::string& path, const std::string& header,
                        NpyMatrix& out) {
  const std::vector<std::string> parts =
      absl::StrSplit(HeaderValue(header, "'shape'", '(', ')'),
                     absl::ByAnyChar(", "), absl::SkipEmpty());
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &out.rows) ||
      !absl::SimpleAtoi(parts[1], &out.cols)) {
    return Malformed(path, "shape must be (rows, cols)");
  }
  return absl::OkStatus();
}

template <typename T>
absl::Status CopyValues(const std::string& path, std::string_view data,
                        NpyMatrix& out) {
  const std::size_t count = std::size_t{out.rows} * out.cols;
  if (data.size() != count * sizeof(T)) {
    return Malformed(path, absl::StrCat("must hold ", count * sizeof(T),
                                        " bytes of data, got ", data.size()));
  }
  out.values.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    T value{};
    std::memcpy(&value, data.data() + i * sizeof(T), sizeof(T));
    out.values[i] = static_cast<float>(value);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<NpyMatrix> ReadNpy(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat("cannot open ", path));
  const std::string file{std::istreambuf_iterator<char>(in), {}};
  std::string header;
  std::string_view data;
  NpyMatrix out;
  if (absl::Status status = SplitFile(path, file, header, data); !status.ok()) {
    return status;
  }
  if (absl::StrContains(header, "'fortran_order': True")) {
    return Malformed(path, "must be in C order");
  }
  if (absl::Status status = ParseShape(path, header, out); !status.ok()) {
    return status;
  }
  const std::string dtype = HeaderValue(header, "'descr':", '\'', '\'');
  absl::Status copied =
      Malformed(path, absl::StrCat("dtype must be <f4 or <f8, got ", dtype));
  if (dtype == "<f4") copied = CopyValues<float>(path, data, out);
  if (dtype == "<f8") copied = CopyValues<double>(path, data, out);
  if (!copied.ok()) return copied;
  return out;
}

}  // namespace mongoose::client
