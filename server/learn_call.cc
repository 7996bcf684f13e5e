#include "server/learn_call.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/call_cancel_token.h"
#include "server/grpc_status.h"

namespace mongoose::server {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{256} << 20;

using Chunks = std::vector<v1::LearnHashRequest>;

// Owns itself: gRPC calls OnDone last.
class LearnCall final : public grpc::ServerReadReactor<v1::LearnHashRequest> {
 public:
  LearnCall(grpc::CallbackServerContext& context, const CallSite& site,
            const v1::LearnHashResponse& response,
            std::function<absl::Status(const Chunks&, const CancelToken&)> work)
      : site_(site),
        response_(response),
        cancel_(context),
        work_(std::move(work)),
        start_(site.clock.Now()),
        record_(StartRecord(context)) {
    site_.rpc.CallStarted();
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {  // the client has sent all
      Schedule(
          site_, [] { return true; }, cancel_, record_, [this] { Work(); },
          [this](const absl::Status& status) { End(status); });
      return;
    }
    const std::size_t bytes = request_.ByteSizeLong();
    site_.rpc.MessageReceived(bytes);
    if (++record_.messages == 1) record_.index = IndexNameIn(request_);
    bytes_ += request_.SpaceUsedLong();
    if (bytes_ > kMaxBytes) {
      return End(absl::ResourceExhaustedError(absl::StrCat(
          "pairs must have at most ", kMaxBytes, " bytes, got ", bytes_)));
    }
    chunks_.push_back(std::move(request_));
    request_.Clear();
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

 private:
  void Work() {
    const Clock::TimePoint start = site_.clock.Now();
    absl::Status status = cancel_.Check();
    if (status.ok()) status = work_(chunks_, cancel_);
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
  const v1::LearnHashResponse& response_;
  const CallCancelToken cancel_;
  const std::function<absl::Status(const Chunks&, const CancelToken&)> work_;
  const Clock::TimePoint start_;
  CallRecord record_;
  v1::LearnHashRequest request_;
  Chunks chunks_;
  std::size_t bytes_ = 0;
};

}  // namespace

grpc::ServerReadReactor<v1::LearnHashRequest>* StartLearnCall(
    grpc::CallbackServerContext& context, const CallSite& site,
    const v1::LearnHashResponse& response,
    std::function<absl::Status(const Chunks&, const CancelToken&)> work) {
  return new LearnCall(context, site, response, std::move(work));
}

}  // namespace mongoose::server
