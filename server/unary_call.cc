#include "server/unary_call.h"

#include <utility>

#include "server/call_cancel_token.h"
#include "server/grpc_status.h"

namespace mongoose::server {
namespace {

// Owns itself: gRPC calls OnDone last.
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(grpc::CallbackServerContext& context, const CallSite& site,
            const google::protobuf::Message& request,
            const google::protobuf::Message& response,
            std::function<absl::Status(const CancelToken&, CallRecord&)> work)
      : site_(site),
        response_(response),
        cancel_(context),
        work_(std::move(work)),
        start_(site.clock.Now()),
        record_(StartRecord(context)) {
    record_.index = IndexNameIn(request);
    record_.messages = 1;
  }

  void Start(std::function<bool()> ready) {
    Schedule(
        site_, std::move(ready), cancel_, record_, [this] { Run(); },
        [this](const absl::Status& status) { End(status); });
  }
  void OnDone() override { delete this; }

 private:
  void Run() {
    const Clock::TimePoint start = site_.clock.Now();
    absl::Status status = cancel_.Check();
    if (status.ok()) status = work_(cancel_, record_);
    record_.work_seconds = site_.clock.SecondsSince(start);
    if (status.ok()) site_.rpc.MessageSent(response_.ByteSizeLong());
    End(status);
  }
  // After Finish, `this` may be gone.
  void End(const absl::Status& status) {
    RecordEnd(site_, record_, start_, status);
    Finish(ToGrpcStatus(status));
  }

  const CallSite site_;
  const google::protobuf::Message& response_;
  const CallCancelToken cancel_;
  const std::function<absl::Status(const CancelToken&, CallRecord&)> work_;
  const Clock::TimePoint start_;
  CallRecord record_;
};

}  // namespace

grpc::ServerUnaryReactor* StartUnaryCall(
    grpc::CallbackServerContext& context, const CallSite& site,
    const google::protobuf::Message& request,
    const google::protobuf::Message& response,
    std::function<absl::Status(const CancelToken&, CallRecord&)> work,
    std::function<bool()> ready) {
  site.rpc.CallStarted();
  site.rpc.MessageReceived(request.ByteSizeLong());
  auto* call = new UnaryCall(context, site, request, response, std::move(work));
  call->Start(std::move(ready));
  return call;
}

}  // namespace mongoose::server
