// What an index tells of itself, as messages.
#ifndef MONGOOSE_SERVER_STATUS_CODEC_H_
#define MONGOOSE_SERVER_STATUS_CODEC_H_

#include "core/index/index_catalog.h"
#include "core/index/index_status.h"

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::server {

void EncodeState(const IndexState& state, v1::IndexState& out);

v1::IndexSpec EncodeSpec(const IndexSpec& spec);
v1::IndexSpec EncodeSpec(const AttentionSpec& spec);
v1::IndexSpec EncodeSpecOf(const AnyIndex& index);

// Without the writers, of which there may be 10,000.  Of indexes of kind
// ATTENTION: version, memory and learning only.
void EncodeStatus(const AnyIndex& index, v1::GetIndexStatusResponse& out);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_STATUS_CODEC_H_
