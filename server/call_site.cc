#include "server/call_site.h"

#include <utility>

namespace mongoose::server {
namespace {

void Enqueue(const CallSite& site, const std::function<void()>& work,
             const std::function<void(const absl::Status&)>& refuse) {
  const Clock::TimePoint start = site.clock.Now();
  const absl::Status queued = site.queue.Submit([&site, work, start] {
    site.metrics.ObserveQueue(site.clock.SecondsSince(start));
    work();
  });
  if (!queued.ok()) refuse(queued);
}

}  // namespace

void Schedule(const CallSite& site, std::function<bool()> ready,
              const CancelToken& cancel, std::function<void()> work,
              std::function<void(const absl::Status&)> refuse) {
  if (ready()) return Enqueue(site, work, refuse);
  const absl::Status entered = site.waiting.Enter(
      [ready = std::move(ready), &cancel] {
        return ready() || !cancel.Check().ok();
      },
      [&site, work = std::move(work), refuse] { Enqueue(site, work, refuse); });
  if (!entered.ok()) refuse(entered);
}

}  // namespace mongoose::server
