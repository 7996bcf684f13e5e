// Specs and plans between the wire and core; the only place of their defaults.
#ifndef MONGOOSE_SERVER_SPEC_CODEC_H_
#define MONGOOSE_SERVER_SPEC_CODEC_H_

#include "absl/status/statusor.h"
#include "core/index/index_spec.h"
#include "core/query/query_plan.h"

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::server {

// InvalidArgument: an enum of a spec has a value that this build does not know.
absl::Status UnknownSpecValue(const char* field, int value);

// Fills in the defaults that index_service.proto documents.  InvalidArgument
// for an enum value this server does not know; ranges are core's to check.
absl::StatusOr<IndexSpec> DecodeIndexSpec(const v1::IndexSpec& spec);
v1::IndexSpec EncodeIndexSpec(const IndexSpec& spec);

v1::HashSpec EncodeHashSpec(const HashSpec& hash);

// `defaults` overridden by the fields that are set.
absl::StatusOr<QueryPlan> DecodeQueryPlan(const v1::QueryPlan& plan,
                                          QueryPlan defaults);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_SPEC_CODEC_H_
