#ifndef MONGOOSE_SERVER_INDEX_SERVICE_H_
#define MONGOOSE_SERVER_INDEX_SERVICE_H_

#include <atomic>
#include <memory>

#include "core/base/clock.h"
#include "server/call_log.h"
#include "server/rpc_handlers.h"
#include "server/server_metrics.h"
#include "server/stream_call.h"
#include "server/task_queue.h"
#include "server/waiting_room.h"

#include "mongoose/v1/index_service.grpc.pb.h"

namespace mongoose::server {

// One queue per class of call: a flood of one cannot starve the others.
struct ServiceQueues {
  TaskQueue& query;
  TaskQueue& update;
  TaskQueue& admin;
  WaitingRoom& rows;         // queries, for rows to arrive
  WaitingRoom& projections;  // long polls, for a newer version
};

// The gRPC face of RpcHandlers: every method hands its work to a queue and
// returns gRPC's thread at once.
class IndexService final : public v1::IndexService::CallbackService {
 public:
  // Everything must outlive the service.
  IndexService(RpcHandlers& handlers, const ServiceQueues& queues,
               ServerMetrics& metrics, CallLog& log, const Clock& clock);

  // Ends the open streams (see StreamCall) and all calls that wait, and refuses
  // new work, with UNAVAILABLE.
  void Drain();

  grpc::ServerUnaryReactor* CreateIndex(
      grpc::CallbackServerContext* context,
      const v1::CreateIndexRequest* request,
      v1::CreateIndexResponse* response) override;
  grpc::ServerUnaryReactor* GetIndex(grpc::CallbackServerContext* context,
                                     const v1::GetIndexRequest* request,
                                     v1::GetIndexResponse* response) override;
  grpc::ServerUnaryReactor* ListIndexes(
      grpc::CallbackServerContext* context,
      const v1::ListIndexesRequest* request,
      v1::ListIndexesResponse* response) override;
  grpc::ServerUnaryReactor* DeleteIndex(
      grpc::CallbackServerContext* context,
      const v1::DeleteIndexRequest* request,
      v1::DeleteIndexResponse* response) override;
  grpc::ServerUnaryReactor* GetIndexStatus(
      grpc::CallbackServerContext* context,
      const v1::GetIndexStatusRequest* request,
      v1::GetIndexStatusResponse* response) override;
  grpc::ServerUnaryReactor* GetProjection(
      grpc::CallbackServerContext* context,
      const v1::GetProjectionRequest* request,
      v1::GetProjectionResponse* response) override;
  grpc::ServerUnaryReactor* SaveSnapshot(
      grpc::CallbackServerContext* context,
      const v1::SaveSnapshotRequest* request,
      v1::SaveSnapshotResponse* response) override;
  grpc::ServerReadReactor<v1::LearnHashRequest>* LearnHash(
      grpc::CallbackServerContext* context,
      v1::LearnHashResponse* response) override;
  grpc::ServerUnaryReactor* QueryNeurons(
      grpc::CallbackServerContext* context,
      const v1::QueryNeuronsRequest* request,
      v1::QueryNeuronsResponse* response) override;
  grpc::ServerBidiReactor<v1::StreamQueryNeuronsRequest,
                          v1::StreamQueryNeuronsResponse>*
  StreamQueryNeurons(grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* QueryBuckets(
      grpc::CallbackServerContext* context,
      const v1::QueryBucketsRequest* request,
      v1::QueryBucketsResponse* response) override;
  grpc::ServerBidiReactor<v1::StreamQueryBucketsRequest,
                          v1::StreamQueryBucketsResponse>*
  StreamQueryBuckets(grpc::CallbackServerContext* context) override;
  grpc::ServerBidiReactor<v1::UpdateRequest, v1::UpdateResponse>* Update(
      grpc::CallbackServerContext* context) override;

 private:
  // The queue and the metrics of one method.
  struct Method {
    TaskQueue& queue;
    std::unique_ptr<RpcMetrics> rpc;
  };
  // Starts a call that the handler kHandle of RpcHandlers does.
  template <auto kHandle, typename Request, typename Response>
  grpc::ServerUnaryReactor* StartAdminCall(grpc::CallbackServerContext& context,
                                           const Method& method,
                                           const Request& request,
                                           Response& response);
  CallSite At(const Method& method) const { return At(method, rows_); }
  CallSite At(const Method& method, WaitingRoom& waiting) const {
    return {method.queue, waiting, *method.rpc, metrics_,
            log_,         clock_,  draining_};
  }

  RpcHandlers& handlers_;
  ServerMetrics& metrics_;
  CallLog& log_;
  const Clock& clock_;
  WaitingRoom& rows_;
  WaitingRoom& projections_;
  OpenStreams streams_;
  std::atomic<bool> draining_{false};
  const Method create_index_;
  const Method get_index_;
  const Method list_indexes_;
  const Method delete_index_;
  const Method get_index_status_;
  const Method get_projection_;
  const Method save_snapshot_;
  const Method learn_hash_;
  const Method query_neurons_;
  const Method stream_query_neurons_;
  const Method query_buckets_;
  const Method stream_query_buckets_;
  const Method update_;
};

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_INDEX_SERVICE_H_
