// The handlers of attention indexes.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/bucket_codec.h"
#include "server/learn_codec.h"
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

// Answers for one part of a request.
class Assigner {
 public:
  Assigner(AttentionIndex& index, const Rotations& rotations,
           const v1::QueryBucketsRequest& request, const CancelToken& cancel)
      : index_(index),
        rotations_(rotations),
        request_(request),
        cancel_(cancel),
        num_buckets_(request.num_buckets()) {}

  std::uint32_t num_buckets() const { return num_buckets_; }

  // The first sequences decide the number of buckets, if the request does not.
  absl::Status Assign(const v1::Sequences& sequences, const char* field,
                      v1::BucketAssignment& out) {
    ASSIGN_OR_RETURN(DecodedSequences decoded,
                     DecodeSequences(sequences, field));
    BucketQuery& query = decoded.query;
    if (num_buckets_ == 0) {
      if (query.num_earlier > 0) {
        return absl::InvalidArgumentError(absl::StrCat(
            "num_buckets must be that of ", field, ".earlier_buckets, got 0"));
      }
      num_buckets_ =
          static_cast<std::uint32_t>(index_.NumBucketsFor(query.seq));
    }
    query.num_buckets = num_buckets_;
    query.want_inverse = request_.want_inverse();
    query.want_offsets = request_.want_offsets();
    const absl::StatusOr<BucketAssignment> assignment = index_.AssignBuckets(
        rotations_, query, cancel_,
        request_.has_keys() ? AttentionIndex::Vectors::kQueriesOrKeys
                            : AttentionIndex::Vectors::kShared);
    if (!assignment.ok()) return WithField(assignment.status(), field);
    EncodeAssignment(*assignment, out);
    return absl::OkStatus();
  }

 private:
  AttentionIndex& index_;
  const Rotations& rotations_;
  const v1::QueryBucketsRequest& request_;
  const CancelToken& cancel_;
  std::uint32_t num_buckets_;
};

}  // namespace

absl::Status RpcHandlers::QueryBuckets(const v1::QueryBucketsRequest& request,
                                       const CancelToken& cancel,
                                       v1::QueryBucketsResponse& response) {
  ASSIGN_OR_RETURN(const auto index, catalog_.FindAttention(request.index()));
  ASSIGN_OR_RETURN(const auto used, index->Find(request.index_version()));
  v1::QueryBucketsResponse out;
  out.set_index_version(used->version);
  out.set_num_rounds(
      static_cast<std::uint32_t>(index->spec().shape.num_rounds));
  Assigner assigner(*index, used->rotations, request, cancel);
  RETURN_IF_ERROR(assigner.Assign(request.sequences(), "sequences",
                                  *out.mutable_sequences()));
  if (request.has_keys()) {
    RETURN_IF_ERROR(
        assigner.Assign(request.keys(), "keys", *out.mutable_keys()));
  }
  out.set_num_buckets(assigner.num_buckets());
  response.Swap(&out);
  return absl::OkStatus();
}

absl::Status RpcHandlers::GetRotations(const AttentionIndex& index,
                                       const v1::GetProjectionRequest& request,
                                       v1::GetProjectionResponse& response) {
  ASSIGN_OR_RETURN(const auto found, index.Find(request.index_version()));
  response.mutable_state()->set_index_version(found->version);
  *response.mutable_attention() = EncodeAttentionSpec(index.spec()).attention();
  *response.mutable_rotations() = EncodeRotations(found->rotations);
  return absl::OkStatus();
}

absl::Status RpcHandlers::LearnRotations(
    AttentionIndex& index, const std::vector<v1::LearnHashRequest>& chunks,
    const CancelToken& cancel, v1::LearnHashResponse& response) {
  std::vector<DecodedSequences> decoded;
  std::vector<BucketQuery> sequences;
  for (const v1::LearnHashRequest& chunk : chunks) {
    RETURN_IF_ERROR(CheckSameIndex(chunk, index.spec().name));
    if (chunk.has_queries() || !chunk.row_ids().empty()) {
      return absl::InvalidArgumentError(
          "queries and row_ids must not be set of kind ATTENTION");
    }
    ASSIGN_OR_RETURN(DecodedSequences one,
                     DecodeSequences(chunk.sequences(), "sequences"));
    if (one.query.num_earlier > 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("sequences.num_earlier must be 0 to learn from, got ",
                       one.query.num_earlier));
    }
    sequences.push_back(decoded.emplace_back(std::move(one)).query);
  }
  const absl::StatusOr<GateVerdict> verdict = index.Learn(sequences, cancel);
  if (!verdict.ok()) return WithField(verdict.status(), "sequences");
  response.mutable_state()->set_index_version(index.Current()->version);
  EncodeVerdict(*verdict, response);
  return absl::OkStatus();
}

}  // namespace mongoose::server
