#include "server/call_record.h"

#include <string_view>

namespace mongoose::server {
namespace {

// Longer names are not those of indexes; the log need not repeat them.
constexpr std::size_t kMaxName = 128;

}  // namespace

CallRecord StartRecord(const grpc::CallbackServerContext& context) {
  CallRecord record;
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("traceparent");
  if (found != metadata.end()) {
    record.trace = ParseTraceparent(
        std::string_view(found->second.data(), found->second.size()));
  }
  return record;
}

std::string IndexNameIn(const google::protobuf::Message& request) {
  using google::protobuf::FieldDescriptor;
  const auto& descriptor = *request.GetDescriptor();
  const auto& reflection = *request.GetReflection();
  for (const char* field : {"index", "name"}) {
    const auto* found = descriptor.FindFieldByName(field);
    if (found != nullptr && !found->is_repeated() &&
        found->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      std::string scratch;
      return reflection.GetStringReference(request, found, &scratch)
          .substr(0, kMaxName);
    }
  }
  for (const char* field : {"query", "spec"}) {
    const auto* found = descriptor.FindFieldByName(field);
    if (found != nullptr && !found->is_repeated() &&
        found->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return IndexNameIn(reflection.GetMessage(request, found));
    }
  }
  return "";
}

}  // namespace mongoose::server
