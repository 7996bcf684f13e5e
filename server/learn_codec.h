// What learning looks like on the wire.
#ifndef MONGOOSE_SERVER_LEARN_CODEC_H_
#define MONGOOSE_SERVER_LEARN_CODEC_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/row_id.h"
#include "core/index/index_spec.h"
#include "core/index/learn_loop.h"
#include "core/index/learn_spec.h"

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::server {

// Fills in defaults.  InvalidArgument when an enum is unknown.
absl::StatusOr<LearnSpec> DecodeLearnPolicy(const v1::LearnPolicy& policy,
                                            LearnMode default_mode);
v1::LearnPolicy EncodeLearnPolicy(const LearnSpec& spec);

void EncodeLearnStatus(const LearnCounts& counts, v1::LearnStatus& out);
void EncodeVerdict(const GateVerdict& verdict, v1::LearnHashResponse& out);

// InvalidArgument when a chunk of a LearnHash stream is for another index.
absl::Status CheckSameIndex(const v1::LearnHashRequest& chunk,
                            const std::string& name);
// Adds the pairs of one chunk of a LearnHash stream for the index of `spec`.
// InvalidArgument when the chunk is malformed.
absl::Status AppendPairs(const v1::LearnHashRequest& chunk,
                         const IndexSpec& spec, std::vector<float>& queries,
                         std::vector<RowId>& rows);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_LEARN_CODEC_H_
