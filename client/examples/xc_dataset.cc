#include "client/examples/xc_dataset.h"

#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace mongoose::examples {
namespace {

// Reads the fields of one line from left to right.
class LineReader {
 public:
  LineReader(std::string_view line, std::size_t number)
      : rest_(line), number_(number) {}

  bool done() const { return rest_.empty(); }

  // Skips `mark` if it comes next.
  bool Skip(char mark) {
    if (rest_.empty() || rest_.front() != mark) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  void SkipBlanks() {
    while (!rest_.empty() && IsBlank(rest_.front())) {
      rest_.remove_prefix(1);
    }
  }

  bool AtBlank() const { return rest_.empty() || IsBlank(rest_.front()); }

  template <typename Number>
  bool Read(Number& value) {
    const char* end = rest_.data() + rest_.size();
    const auto [next, error] = std::from_chars(rest_.data(), end, value);
    if (error != std::errc()) {
      return false;
    }
    rest_.remove_prefix(static_cast<std::size_t>(next - rest_.data()));
    return true;
  }

  absl::Status Refuse(const std::string& rule) const {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", number_, " ", rule, ", got \"",
                     std::string(rest_.substr(0, 40)), "\""));
  }

 private:
  static bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

  std::string_view rest_;
  std::size_t number_;
};

struct Header {
  std::size_t num_points = 0;
  std::uint32_t num_features = 0;
  std::uint32_t num_labels = 0;
};

absl::StatusOr<Header> ParseHeader(LineReader line) {
  Header header;
  bool valid = line.Read(header.num_points);
  line.SkipBlanks();
  valid = valid && line.Read(header.num_features);
  line.SkipBlanks();
  valid = valid && line.Read(header.num_labels);
  line.SkipBlanks();
  if (!valid || !line.done()) {
    return line.Refuse("must be `points features labels`");
  }
  return header;
}

absl::Status ParseLabels(LineReader& line, std::uint32_t num_labels,
                         IdLists& labels) {
  while (!line.AtBlank()) {
    std::uint32_t label = 0;
    LineReader field = line;
    if (!line.Read(label)) {
      return line.Refuse("must begin with label,label or a blank");
    }
    if (label >= num_labels) {
      return field.Refuse(absl::StrCat("must have labels < ", num_labels));
    }
    labels.ids.push_back(label);
    if (!line.Skip(',') && !line.AtBlank()) {
      return line.Refuse("must have ',' or a blank after a label");
    }
  }
  labels.offsets.push_back(static_cast<std::uint32_t>(labels.ids.size()));
  return absl::OkStatus();
}

absl::Status ParseFeatures(LineReader& line, std::uint32_t num_features,
                           XcPoints& points) {
  IdLists& features = points.features;
  for (line.SkipBlanks(); !line.done(); line.SkipBlanks()) {
    std::uint32_t feature = 0;
    float value = 0;
    LineReader field = line;
    if (!line.Read(feature) || !line.Skip(':') || !line.Read(value) ||
        !line.AtBlank()) {
      return field.Refuse("must have feature:value pairs");
    }
    if (feature >= num_features || !std::isfinite(value)) {
      return field.Refuse(absl::StrCat("must have features < ", num_features,
                                       " with finite values"));
    }
    features.ids.push_back(feature);
    points.feature_values.push_back(value);
  }
  features.offsets.push_back(static_cast<std::uint32_t>(features.ids.size()));
  return absl::OkStatus();
}

// Cuts `text` after its first line and returns that line.
std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

absl::StatusOr<XcDataset> ParseXc(std::string_view text) {
  ASSIGN_OR_RETURN(const Header header,
                   ParseHeader(LineReader(TakeLine(text), 1)));
  XcDataset set{header.num_features, header.num_labels, {}};
  for (std::size_t number = 2; !text.empty(); ++number) {
    LineReader line(TakeLine(text), number);
    if (set.points.count() == header.num_points) {
      return line.Refuse(
          absl::StrCat("follows the last of ", header.num_points, " points"));
    }
    RETURN_IF_ERROR(ParseLabels(line, header.num_labels, set.points.labels));
    RETURN_IF_ERROR(ParseFeatures(line, header.num_features, set.points));
  }
  if (set.points.count() != header.num_points) {
    return absl::InvalidArgumentError(
        absl::StrCat("line 1 must have the number of points, got ",
                     header.num_points, " for ", set.points.count()));
  }
  return set;
}

absl::StatusOr<XcDataset> ReadXcFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return absl::NotFoundError(absl::StrCat("cannot read ", path));
  }
  absl::StatusOr<XcDataset> set = ParseXc(text.view());
  if (!set.ok()) {
    return absl::Status(set.status().code(),
                        absl::StrCat(path, ": ", set.status().message()));
  }
  return set;
}

XcPoints SelectPoints(const XcPoints& points,
                      std::span<const std::uint32_t> ranks) {
  XcPoints part;
  const auto append = [](const auto& values, auto& out) {
    out.insert(out.end(), values.begin(), values.end());
    return static_cast<std::uint32_t>(out.size());
  };
  for (const std::uint32_t i : ranks) {
    append(points.values(i), part.feature_values);
    part.features.offsets.push_back(
        append(points.features.list(i), part.features.ids));
    part.labels.offsets.push_back(
        append(points.labels.list(i), part.labels.ids));
  }
  return part;
}

}  // namespace mongoose::examples
