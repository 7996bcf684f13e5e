// What attention indexes look like on the wire.
#ifndef MONGOOSE_SERVER_BUCKET_CODEC_H_
#define MONGOOSE_SERVER_BUCKET_CODEC_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/attention/bucket_assignment.h"
#include "core/index/attention_index.h"
#include "server/wire_codec.h"

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::server {

// Fills in the defaults that index_service.proto documents.  InvalidArgument
// when a field is set that only other kinds have.
absl::StatusOr<AttentionSpec> DecodeAttentionSpec(const v1::IndexSpec& spec);
v1::IndexSpec EncodeAttentionSpec(const AttentionSpec& spec);

// A query and the memory it views, besides the message.
struct DecodedSequences {
  BucketQuery query;
  WireMatrix vectors;
  std::vector<std::uint16_t> earlier;
};
// `field` names the sequences in errors.  The message must outlive the answer.
absl::StatusOr<DecodedSequences> DecodeSequences(const v1::Sequences& sequences,
                                                 std::string_view field);

void EncodeAssignment(const BucketAssignment& assignment,
                      v1::BucketAssignment& out);

// INT8, with scales of 1.
v1::Matrix EncodeRotations(const Rotations& rotations);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_BUCKET_CODEC_H_
