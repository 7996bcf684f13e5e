#include "server/memory_watch.h"

#include <chrono>
#include <utility>

#include "server/log.h"
#include "server/process_stats.h"

namespace mongoose::server {
namespace {

constexpr std::chrono::milliseconds kLookEvery{200};
constexpr double kHigh = 0.9;
constexpr double kLow = 0.8;

}  // namespace

MemoryWatch::Reading ReadMemory() {
  return {.resident = ReadResidentBytes(), .limit = ProcessMemoryLimit()};
}

MemoryWatch::MemoryWatch(std::function<Reading()> read)
    : read_(std::move(read)), thread_([this] { ThreadLoop(); }) {}

MemoryWatch::~MemoryWatch() {
  {
    MutexLock lock(mu_);
    stopping_ = true;
  }
  changed_.SignalAll();
}

void MemoryWatch::Look() {
  const Reading reading = read_();
  const double share = static_cast<double>(reading.resident) /
                       static_cast<double>(reading.limit);
  if (share > kHigh && !is_high_) {
    is_high_ = true;
    LogWarning("memory high", {{"resident_bytes", reading.resident},
                               {"limit_bytes", reading.limit}});
  } else if (share < kLow && is_high_) {
    is_high_ = false;
    LogInfo("memory no longer high", {{"resident_bytes", reading.resident},
                                      {"limit_bytes", reading.limit}});
  }
}

bool MemoryWatch::WaitForLook() {
  MutexLock lock(mu_);
  const auto next = std::chrono::steady_clock::now() + kLookEvery;
  while (!stopping_ && changed_.WaitUntil(mu_, next)) {
  }
  return !stopping_;
}

void MemoryWatch::ThreadLoop() {
  do {
    Look();
  } while (WaitForLook());
}

}  // namespace mongoose::server
