#include "server/call_site.h"

#include <utility>

#include "server/draining.h"

namespace mongoose::server {
namespace {

void Enqueue(const CallSite& site, CallRecord& record,
             const std::function<void()>& work,
             const std::function<void(const absl::Status&)>& refuse) {
  const Clock::TimePoint start = site.clock.Now();
  const absl::Status queued = site.queue.Submit([&site, &record, work, start] {
    const double seconds = site.clock.SecondsSince(start);
    site.metrics.ObserveQueue(seconds);
    record.queue_seconds += seconds;
    work();
  });
  if (!queued.ok()) refuse(queued);
}

}  // namespace

void Schedule(const CallSite& site, std::function<bool()> ready,
              const CancelToken& cancel, CallRecord& record,
              std::function<void()> work,
              std::function<void(const absl::Status&)> refuse) {
  if (site.draining) return refuse(DrainingError());
  if (ready()) return Enqueue(site, record, work, refuse);
  const absl::Status entered = site.waiting.Enter(
      {.ready = [ready = std::move(ready),
                 &cancel] { return ready() || !cancel.Check().ok(); },
       .resume = [&site, &record, work = std::move(work),
                  refuse] { Enqueue(site, record, work, refuse); },
       .refuse = refuse});
  if (!entered.ok()) refuse(entered);
}

void RecordEnd(const CallSite& site, const CallRecord& record,
               Clock::TimePoint start, const absl::Status& status) {
  const double seconds = site.clock.SecondsSince(start);
  site.rpc.CallHandled(status.code(), seconds);
  site.log.Write(site.rpc.method(), record, status, seconds);
}

}  // namespace mongoose::server
