#include "server/yaml_schema.h"

#include <cstdint>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace mongoose::server {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string FieldNames(const Descriptor& descriptor) {
  std::vector<std::string> names;
  for (int i = 0; i < descriptor.field_count(); ++i) {
    names.push_back(descriptor.field(i)->name());
  }
  return absl::StrJoin(names, ", ");
}

std::string TypeOf(const FieldDescriptor& field) {
  if (field.is_repeated()) return "a list of texts";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return absl::StrCat("a map of ", FieldNames(*field.message_type()));
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_STRING:
      return "a text";
    case FieldDescriptor::CPPTYPE_UINT32:
      return "a whole number, 0..4294967295";
    default:
      return "a whole number, 0..18446744073709551615";
  }
}

std::string Describe(const YAML::Node& node) {
  if (node.IsScalar()) return absl::StrCat("\"", node.Scalar(), "\"");
  if (node.IsMap()) return "a map";
  return node.IsSequence() ? "a list" : "nothing";
}

// Walks one document; collects errors.
class Merger {
 public:
  Merger(const YamlSource& source, FieldPlaces& places)
      : source_(source), places_(places) {}

  void MergeMap(const YAML::Node& node, const std::string& path, Message& out) {
    const Descriptor& descriptor = *out.GetDescriptor();
    std::set<std::string> seen;
    for (const auto& entry : node) {
      const std::string key =
          entry.first.IsScalar() ? entry.first.Scalar() : "?";
      const std::string name = path.empty() ? key : path + "." + key;
      const FieldDescriptor* field = descriptor.FindFieldByName(key);
      places_[name] = PlaceOf(entry.first);
      if (field == nullptr) {
        Add(entry.first,
            absl::StrCat("unknown key \"", name, "\"; must be one of ",
                         FieldNames(descriptor)));
      } else if (!seen.insert(key).second) {
        Add(entry.first, absl::StrCat(name, " must be given once"));
      } else if (!Set(entry.second, name, *field, out)) {
        Add(entry.second, absl::StrCat(name, " must be ", TypeOf(*field),
                                       ", got ", Describe(entry.second)));
      }
    }
  }

  std::vector<std::string> TakeErrors() { return std::move(errors_); }

 private:
  void Add(const YAML::Node& node, const std::string& text) {
    errors_.push_back(absl::StrCat(PlaceOf(node), ": ", text));
  }
  std::string PlaceOf(const YAML::Node& node) const {
    if (!source_.has_lines) return source_.name;
    return absl::StrCat(source_.name, ":", node.Mark().line + 1);
  }

  // False if `node` is not of the field's type.
  bool Set(const YAML::Node& node, const std::string& name,
           const FieldDescriptor& field, Message& out) {
    if (field.is_repeated()) return SetList(node, field, out);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!node.IsMap()) return node.IsNull();  // a section left empty
      MergeMap(node, name, *out.GetReflection()->MutableMessage(&out, &field));
      return true;
    }
    return node.IsScalar() && SetScalar(node, field, out);
  }

  static bool SetList(const YAML::Node& node, const FieldDescriptor& field,
                      Message& out) {
    if (!node.IsSequence()) return false;
    out.GetReflection()->ClearField(&out, &field);
    for (const auto& item : node) {
      if (!item.IsScalar()) return false;
      out.GetReflection()->AddString(&out, &field, item.Scalar());
    }
    return true;
  }

  static bool SetScalar(const YAML::Node& node, const FieldDescriptor& field,
                        Message& out) {
    const auto& reflection = *out.GetReflection();
    const std::string& text = node.Scalar();
    const bool quoted = node.Tag() == "!";
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        reflection.SetString(&out, &field, text);
        return true;
      case FieldDescriptor::CPPTYPE_BOOL:
        if (quoted || (text != "true" && text != "false")) return false;
        reflection.SetBool(&out, &field, text == "true");
        return true;
      case FieldDescriptor::CPPTYPE_UINT32: {
        std::uint32_t number = 0;
        if (quoted || !absl::SimpleAtoi(text, &number)) return false;
        reflection.SetUInt32(&out, &field, number);
        return true;
      }
      case FieldDescriptor::CPPTYPE_UINT64: {
        std::uint64_t number = 0;
        if (quoted || !absl::SimpleAtoi(text, &number)) return false;
        reflection.SetUInt64(&out, &field, number);
        return true;
      }
      default:
        return false;
    }
  }

  const YamlSource source_;
  FieldPlaces& places_;
  std::vector<std::string> errors_;
};

}  // namespace

std::vector<std::string> MergeYaml(const YAML::Node& node,
                                   const YamlSource& source, Message& message,
                                   FieldPlaces& places) {
  Merger merger(source, places);
  merger.MergeMap(node, "", message);
  return merger.TakeErrors();
}

}  // namespace mongoose::server
