#include "server/waiting_room.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/error_reason.h"

namespace mongoose::server {
namespace {

constexpr std::chrono::milliseconds kLookEvery{5};

}  // namespace

WaitingRoom::WaitingRoom(std::size_t capacity)
    : capacity_(capacity), thread_([this] { ThreadLoop(); }) {}

WaitingRoom::~WaitingRoom() {
  {
    MutexLock lock(mu_);
    stopping_ = true;
  }
  changed_.SignalAll();
}

absl::Status WaitingRoom::Enter(std::function<bool()> ready,
                                std::function<void()> resume) {
  {
    MutexLock lock(mu_);
    if (length_ >= capacity_) {
      return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                            capacity_, " calls already wait for rows")),
                        "QUEUE_FULL");
    }
    ++length_;
    entered_.push_back({std::move(ready), std::move(resume)});
    look_ = true;  // what it waits for may have come meanwhile
  }
  changed_.SignalAll();
  return absl::OkStatus();
}

void WaitingRoom::Look() {
  {
    MutexLock lock(mu_);
    if (length_ == 0) return;
    look_ = true;
  }
  changed_.SignalAll();
}

std::size_t WaitingRoom::length() const {
  MutexLock lock(mu_);
  return length_;
}

bool WaitingRoom::WaitForLook() {
  MutexLock lock(mu_);
  const auto deadline = std::chrono::steady_clock::now() + kLookEvery;
  while (!stopping_ && !look_) {
    if (length_ == 0) {
      changed_.Wait(mu_);
    } else if (!changed_.WaitUntil(mu_, deadline)) {
      break;
    }
  }
  look_ = false;
  return !stopping_;
}

void WaitingRoom::ThreadLoop() {
  std::vector<Guest> guests;
  while (WaitForLook()) {
    {
      MutexLock lock(mu_);
      std::ranges::move(entered_, std::back_inserter(guests));
      entered_.clear();
    }
    const auto leaving = std::ranges::partition(
        guests, [](const Guest& guest) { return !guest.ready(); });
    {
      MutexLock lock(mu_);
      length_ -= leaving.size();
    }
    for (const Guest& guest : leaving) guest.resume();
    guests.erase(leaving.begin(), leaving.end());
  }
}

}  // namespace mongoose::server
