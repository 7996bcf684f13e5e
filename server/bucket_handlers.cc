// The handlers of attention indexes.
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/bucket_codec.h"
#include "server/rpc_handlers.h"

namespace mongoose::server {
namespace {

// `status` with the field of the request in which core's fields are.
absl::Status WithField(const absl::Status& status, const char* field) {
  const std::string message(status.message());
  if (!absl::IsInvalidArgument(status) || message.starts_with("num_buckets") ||
      message.starts_with("heads")) {
    return status;
  }
  return absl::InvalidArgumentError(absl::StrCat(field, ".", message));
}

// The buckets of `sequences`, by the rotations and num_buckets of `asked`,
// which is filled in.
absl::Status Assign(const AttentionIndex& index,
                    const v1::QueryBucketsRequest& asked,
                    const v1::Sequences& sequences, const char* field,
                    const CancelToken& cancel, v1::QueryBucketsResponse& totals,
                    v1::BucketAssignment& out) {
  ASSIGN_OR_RETURN(DecodedSequences decoded, DecodeSequences(sequences, field));
  if (totals.num_buckets() == 0) {
    totals.set_num_buckets(asked.num_buckets() != 0
                               ? asked.num_buckets()
                               : static_cast<std::uint32_t>(index.NumBucketsFor(
                                     decoded.query.positions())));
  }
  decoded.query.num_buckets = totals.num_buckets();
  decoded.query.want_inverse = asked.want_inverse();
  decoded.query.want_offsets = asked.want_offsets();
  const absl::StatusOr<BucketAssignment> assignment =
      index.AssignBuckets(decoded.query, cancel);
  if (!assignment.ok()) return WithField(assignment.status(), field);
  EncodeAssignment(*assignment, out);
  return absl::OkStatus();
}

}  // namespace

absl::Status RpcHandlers::QueryBuckets(const v1::QueryBucketsRequest& request,
                                       const CancelToken& cancel,
                                       v1::QueryBucketsResponse& response) {
  ASSIGN_OR_RETURN(const auto index, catalog_.FindAttention(request.index()));
  RETURN_IF_ERROR(index->CheckVersion(request.index_version()));
  v1::QueryBucketsResponse out;
  out.set_index_version(index->version());
  out.set_num_rounds(
      static_cast<std::uint32_t>(index->spec().shape.num_rounds));
  RETURN_IF_ERROR(Assign(*index, request, request.sequences(), "sequences",
                         cancel, out, *out.mutable_sequences()));
  if (request.has_keys()) {
    RETURN_IF_ERROR(Assign(*index, request, request.keys(), "keys", cancel, out,
                           *out.mutable_keys()));
  }
  response.Swap(&out);
  return absl::OkStatus();
}

absl::Status RpcHandlers::GetRotations(const AttentionIndex& index,
                                       const v1::GetProjectionRequest& request,
                                       v1::GetProjectionResponse& response) {
  RETURN_IF_ERROR(index.CheckVersion(request.index_version()));
  response.mutable_state()->set_index_version(index.version());
  *response.mutable_attention() = EncodeAttentionSpec(index.spec()).attention();
  *response.mutable_rotations() = EncodeRotations(*index.rotations());
  return absl::OkStatus();
}

}  // namespace mongoose::server
