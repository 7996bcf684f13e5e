// What each RPC does: decode, call core, encode.  Knows no reactors.
#ifndef MONGOOSE_SERVER_RPC_HANDLERS_H_
#define MONGOOSE_SERVER_RPC_HANDLERS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "core/base/cancel_token.h"
#include "core/base/clock.h"
#include "core/index/index_catalog.h"
#include "server/call_record.h"
#include "server/server_metrics.h"

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::server {

struct HandlerLimits {
  std::size_t max_batch = 65536;
  std::uint64_t update_credit_bytes = 8U << 20;
};

// Thread-safe.  Every method fills `response` only when it returns OK; errors
// are those documented in index_service.proto.
class RpcHandlers {
 public:
  RpcHandlers(IndexCatalog& catalog, ServerMetrics& metrics, const Clock& clock,
              const HandlerLimits& limits)
      : catalog_(catalog), metrics_(metrics), clock_(clock), limits_(limits) {}

  absl::Status CreateIndex(const v1::CreateIndexRequest& request,
                           v1::CreateIndexResponse& response);
  absl::Status GetIndex(const v1::GetIndexRequest& request,
                        v1::GetIndexResponse& response);
  absl::Status ListIndexes(const v1::ListIndexesRequest& request,
                           v1::ListIndexesResponse& response);
  absl::Status DeleteIndex(const v1::DeleteIndexRequest& request,
                           v1::DeleteIndexResponse& response);
  absl::Status GetIndexStatus(const v1::GetIndexStatusRequest& request,
                              v1::GetIndexStatusResponse& response);
  // Whether GetProjection can answer (or refuse) without waiting.
  bool HasNewer(const v1::GetProjectionRequest& request) const;
  absl::Status GetProjection(const v1::GetProjectionRequest& request,
                             v1::GetProjectionResponse& response);
  // Learns from all chunks of a stream.
  absl::Status LearnHash(const std::vector<v1::LearnHashRequest>& chunks,
                         const CancelToken& cancel,
                         v1::LearnHashResponse& response);
  // Applies one chunk of an update stream.
  absl::Status Update(const v1::UpdateRequest& request,
                      v1::UpdateResponse& response);
  // Whether QueryNeurons can answer (or refuse) without waiting for rows.
  bool HasRowsFor(const v1::QueryNeuronsRequest& request) const;
  // Adds the time of each stage to `record`.
  absl::Status QueryNeurons(const v1::QueryNeuronsRequest& request,
                            const CancelToken& cancel, CallRecord& record,
                            v1::QueryNeuronsResponse& response);
  absl::Status QueryBuckets(const v1::QueryBucketsRequest& request,
                            const CancelToken& cancel,
                            v1::QueryBucketsResponse& response);

 private:
  // Whether newer_than can be waited for.
  static absl::Status CheckNewer(const v1::GetProjectionRequest& request,
                                 std::uint64_t current);
  static absl::Status GetRotations(const AttentionIndex& index,
                                   const v1::GetProjectionRequest& request,
                                   v1::GetProjectionResponse& response);
  static absl::Status LearnRotations(
      AttentionIndex& index, const std::vector<v1::LearnHashRequest>& chunks,
      const CancelToken& cancel, v1::LearnHashResponse& response);

  IndexCatalog& catalog_;
  ServerMetrics& metrics_;
  const Clock& clock_;
  const HandlerLimits limits_;
};

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_RPC_HANDLERS_H_
