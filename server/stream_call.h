// A bidirectional stream that answers each request before it reads the next.
#ifndef MONGOOSE_SERVER_STREAM_CALL_H_
#define MONGOOSE_SERVER_STREAM_CALL_H_

#include <functional>
#include <utility>

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "absl/container/flat_hash_set.h"
#include "core/base/mutex.h"
#include "server/call_cancel_token.h"
#include "server/call_site.h"
#include "server/draining.h"
#include "server/grpc_status.h"

namespace mongoose::server {

// A stream that can be asked to end.
class DrainableStream {
 public:
  virtual ~DrainableStream() = default;
  // Ends the stream with UNAVAILABLE once the request in work is answered.
  virtual void Drain() = 0;
};

// The streams open now, so that a shutdown can end them.  Thread-safe.
class OpenStreams {
 public:
  // False when draining: the stream must end at once.
  bool Add(DrainableStream& stream) ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    if (!draining_) streams_.insert(&stream);
    return !draining_;
  }
  void Remove(DrainableStream& stream) ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    streams_.erase(&stream);
  }
  // Held across Drain on purpose: a stream removes itself before it dies.
  void DrainAll() ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    draining_ = true;
    for (DrainableStream* stream : streams_) stream->Drain();
  }

 private:
  Mutex mu_;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  absl::flat_hash_set<DrainableStream*> streams_ ABSL_GUARDED_BY(mu_);
};

// Owns itself: gRPC calls OnDone last.  Reading the next request only after
// the answer was written lets HTTP/2 flow control hold back a fast client.
template <typename Request, typename Response>
class StreamCall final : public grpc::ServerBidiReactor<Request, Response>,
                         public DrainableStream {
 public:
  using Handler = std::function<absl::Status(const Request&, const CancelToken&,
                                             CallRecord&, Response&)>;
  // Whether a request can be worked on without waiting.
  using Ready = std::function<bool(const Request&)>;

  StreamCall(
      grpc::CallbackServerContext& context, const CallSite& site,
      OpenStreams& open, Handler handler,
      Ready ready = [](const Request&) { return true; })
      : site_(site),
        open_(open),
        cancel_(context),
        handler_(std::move(handler)),
        ready_(std::move(ready)),
        start_(site.clock.Now()),
        record_(StartRecord(context)) {
    site_.rpc.CallStarted();
    if (open_.Add(*this)) {
      this->StartRead(&request_);
    } else {
      End(DrainingError());
    }
  }

  void OnReadDone(bool ok) override {
    {
      MutexLock lock(mu_);
      if (phase_ != Phase::kReading) return;  // drained meanwhile
      if (ok) phase_ = Phase::kWorking;
    }
    if (!ok) return End(absl::OkStatus());  // the client has sent all
    site_.rpc.MessageReceived(request_.ByteSizeLong());
    if (++record_.messages == 1) record_.index = IndexNameIn(request_);
    Schedule(
        site_, [this] { return ready_(request_); }, cancel_, record_,
        [this] { Work(); },
        [this](const absl::Status& status) { End(status); });
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(absl::CancelledError("the client has gone"));
    bool drained = false;
    {
      MutexLock lock(mu_);
      drained = draining_;
      if (!drained) phase_ = Phase::kReading;
    }
    if (drained) return End(DrainingError());
    this->StartRead(&request_);
  }

  void OnDone() override {
    open_.Remove(*this);
    delete this;
  }

  void Drain() override {
    {
      MutexLock lock(mu_);
      draining_ = true;
      if (phase_ != Phase::kReading) return;  // ends after its answer
      phase_ = Phase::kEnded;
    }
    Close(DrainingError());
  }

 private:
  enum class Phase { kReading, kWorking, kEnded };

  void Work() {
    response_.Clear();
    const Clock::TimePoint start = site_.clock.Now();
    absl::Status status = cancel_.Check();
    if (status.ok()) status = handler_(request_, cancel_, record_, response_);
    record_.work_seconds += site_.clock.SecondsSince(start);
    if (!status.ok()) return End(status);
    site_.rpc.MessageSent(response_.ByteSizeLong());
    this->StartWrite(&response_);
  }

  // Finishes once, whoever comes first.
  void End(const absl::Status& status) {
    {
      MutexLock lock(mu_);
      if (phase_ == Phase::kEnded) return;
      phase_ = Phase::kEnded;
    }
    Close(status);
  }
  // By who has set kEnded.  After Finish, `this` may be gone.
  void Close(const absl::Status& status) {
    RecordEnd(site_, record_, start_, status);
    this->Finish(ToGrpcStatus(status));
  }

  const CallSite site_;
  OpenStreams& open_;
  const CallCancelToken cancel_;
  const Handler handler_;
  const Ready ready_;
  const Clock::TimePoint start_;
  CallRecord record_;  // of who has set the phase: kWorking, then kEnded
  Request request_;
  Response response_;
  Mutex mu_;
  Phase phase_ ABSL_GUARDED_BY(mu_) = Phase::kReading;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_STREAM_CALL_H_
