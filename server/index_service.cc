#include "server/index_service.h"

#include "core/base/error_reason.h"
#include "server/learn_call.h"
#include "server/unary_call.h"

namespace mongoose::server {

IndexService::IndexService(RpcHandlers& handlers, const ServiceQueues& queues,
                           ServerMetrics& metrics, CallLog& log,
                           const Clock& clock)
    : handlers_(handlers),
      metrics_(metrics),
      log_(log),
      clock_(clock),
      rows_(queues.rows),
      projections_(queues.projections),
      create_index_{queues.admin,
                    metrics.CreateRpc("CreateIndex", RpcType::kUnary)},
      get_index_{queues.admin, metrics.CreateRpc("GetIndex", RpcType::kUnary)},
      list_indexes_{queues.admin,
                    metrics.CreateRpc("ListIndexes", RpcType::kUnary)},
      delete_index_{queues.admin,
                    metrics.CreateRpc("DeleteIndex", RpcType::kUnary)},
      get_index_status_{queues.admin,
                        metrics.CreateRpc("GetIndexStatus", RpcType::kUnary)},
      get_projection_{queues.admin,
                      metrics.CreateRpc("GetProjection", RpcType::kUnary)},
      save_snapshot_{queues.admin,
                     metrics.CreateRpc("SaveSnapshot", RpcType::kUnary)},
      learn_hash_{queues.admin,
                  metrics.CreateRpc("LearnHash", RpcType::kClientStream)},
      query_neurons_{queues.query,
                     metrics.CreateRpc("QueryNeurons", RpcType::kUnary)},
      stream_query_neurons_{
          queues.query,
          metrics.CreateRpc("StreamQueryNeurons", RpcType::kBidiStream)},
      query_buckets_{queues.query,
                     metrics.CreateRpc("QueryBuckets", RpcType::kUnary)},
      stream_query_buckets_{
          queues.query,
          metrics.CreateRpc("StreamQueryBuckets", RpcType::kBidiStream)},
      update_{queues.update,
              metrics.CreateRpc("Update", RpcType::kBidiStream)} {}

void IndexService::Drain() {
  draining_ = true;
  streams_.DrainAll();
  rows_.Drain();
  projections_.Drain();
}

template <auto kHandle, typename Request, typename Response>
grpc::ServerUnaryReactor* IndexService::StartAdminCall(
    grpc::CallbackServerContext& context, const Method& method,
    const Request& request, Response& response) {
  return StartUnaryCall(
      context, At(method), request, response,
      [this, &request, &response](const CancelToken&, CallRecord&) {
        return (handlers_.*kHandle)(request, response);
      });
}

grpc::ServerUnaryReactor* IndexService::CreateIndex(
    grpc::CallbackServerContext* context, const v1::CreateIndexRequest* request,
    v1::CreateIndexResponse* response) {
  return StartAdminCall<&RpcHandlers::CreateIndex>(*context, create_index_,
                                                   *request, *response);
}

grpc::ServerUnaryReactor* IndexService::GetIndex(
    grpc::CallbackServerContext* context, const v1::GetIndexRequest* request,
    v1::GetIndexResponse* response) {
  return StartAdminCall<&RpcHandlers::GetIndex>(*context, get_index_, *request,
                                                *response);
}

grpc::ServerUnaryReactor* IndexService::ListIndexes(
    grpc::CallbackServerContext* context, const v1::ListIndexesRequest* request,
    v1::ListIndexesResponse* response) {
  return StartAdminCall<&RpcHandlers::ListIndexes>(*context, list_indexes_,
                                                   *request, *response);
}

grpc::ServerUnaryReactor* IndexService::DeleteIndex(
    grpc::CallbackServerContext* context, const v1::DeleteIndexRequest* request,
    v1::DeleteIndexResponse* response) {
  return StartAdminCall<&RpcHandlers::DeleteIndex>(*context, delete_index_,
                                                   *request, *response);
}

grpc::ServerUnaryReactor* IndexService::GetIndexStatus(
    grpc::CallbackServerContext* context,
    const v1::GetIndexStatusRequest* request,
    v1::GetIndexStatusResponse* response) {
  return StartAdminCall<&RpcHandlers::GetIndexStatus>(
      *context, get_index_status_, *request, *response);
}

grpc::ServerUnaryReactor* IndexService::GetProjection(
    grpc::CallbackServerContext* context,
    const v1::GetProjectionRequest* request,
    v1::GetProjectionResponse* response) {
  return StartUnaryCall(
      *context, At(get_projection_, projections_), *request, *response,
      [=, this](const CancelToken&, CallRecord&) {
        return handlers_.GetProjection(*request, *response);
      },
      [=, this] { return handlers_.HasNewer(*request); });
}

grpc::ServerUnaryReactor* IndexService::SaveSnapshot(
    grpc::CallbackServerContext* context,
    const v1::SaveSnapshotRequest* request,
    v1::SaveSnapshotResponse* response) {
  return StartUnaryCall(
      *context, At(save_snapshot_), *request, *response,
      [](const CancelToken&, CallRecord&) {
        return WithReason(
            absl::UnimplementedError("this build contains no snapshot store"),
            "STORE_NOT_BUILT");
      });
}

grpc::ServerReadReactor<v1::LearnHashRequest>* IndexService::LearnHash(
    grpc::CallbackServerContext* context, v1::LearnHashResponse* response) {
  return StartLearnCall(
      *context, At(learn_hash_), *response,
      [=, this](const std::vector<v1::LearnHashRequest>& chunks,
                const CancelToken& cancel) {
        return handlers_.LearnHash(chunks, cancel, *response);
      });
}

grpc::ServerUnaryReactor* IndexService::QueryNeurons(
    grpc::CallbackServerContext* context,
    const v1::QueryNeuronsRequest* request,
    v1::QueryNeuronsResponse* response) {
  return StartUnaryCall(
      *context, At(query_neurons_), *request, *response,
      [=, this](const CancelToken& cancel, CallRecord& record) {
        return handlers_.QueryNeurons(*request, cancel, record, *response);
      },
      [=, this] { return handlers_.HasRowsFor(*request); });
}

grpc::ServerBidiReactor<v1::StreamQueryNeuronsRequest,
                        v1::StreamQueryNeuronsResponse>*
IndexService::StreamQueryNeurons(grpc::CallbackServerContext* context) {
  using Call =
      StreamCall<v1::StreamQueryNeuronsRequest, v1::StreamQueryNeuronsResponse>;
  return new Call(
      *context, At(stream_query_neurons_), streams_,
      [this](const v1::StreamQueryNeuronsRequest& request,
             const CancelToken& cancel, CallRecord& record,
             v1::StreamQueryNeuronsResponse& response) {
        return handlers_.QueryNeurons(request.query(), cancel, record,
                                      *response.mutable_answer());
      },
      [this](const v1::StreamQueryNeuronsRequest& request) {
        return handlers_.HasRowsFor(request.query());
      });
}

grpc::ServerUnaryReactor* IndexService::QueryBuckets(
    grpc::CallbackServerContext* context,
    const v1::QueryBucketsRequest* request,
    v1::QueryBucketsResponse* response) {
  return StartUnaryCall(*context, At(query_buckets_), *request, *response,
                        [=, this](const CancelToken& cancel, CallRecord&) {
                          return handlers_.QueryBuckets(*request, cancel,
                                                        *response);
                        });
}

grpc::ServerBidiReactor<v1::StreamQueryBucketsRequest,
                        v1::StreamQueryBucketsResponse>*
IndexService::StreamQueryBuckets(grpc::CallbackServerContext* context) {
  using Call =
      StreamCall<v1::StreamQueryBucketsRequest, v1::StreamQueryBucketsResponse>;
  return new Call(*context, At(stream_query_buckets_), streams_,
                  [this](const v1::StreamQueryBucketsRequest& request,
                         const CancelToken& cancel, CallRecord&,
                         v1::StreamQueryBucketsResponse& response) {
                    return handlers_.QueryBuckets(request.query(), cancel,
                                                  *response.mutable_answer());
                  });
}

grpc::ServerBidiReactor<v1::UpdateRequest, v1::UpdateResponse>*
IndexService::Update(grpc::CallbackServerContext* context) {
  using Call = StreamCall<v1::UpdateRequest, v1::UpdateResponse>;
  return new Call(*context, At(update_), streams_,
                  [this](const v1::UpdateRequest& request, const CancelToken&,
                         CallRecord&, v1::UpdateResponse& response) {
                    const absl::Status status =
                        handlers_.Update(request, response);
                    rows_.Look();
                    return status;
                  });
}

}  // namespace mongoose::server
