#include "server/waiting_room.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/error_reason.h"
#include "server/draining.h"

namespace mongoose::server {
namespace {

constexpr std::chrono::milliseconds kLookEvery{5};

}  // namespace

WaitingRoom::WaitingRoom(std::string name, std::size_t capacity)
    : name_(std::move(name)),
      capacity_(capacity),
      thread_([this] { ThreadLoop(); }) {}

WaitingRoom::~WaitingRoom() {
  {
    MutexLock lock(mu_);
    stopping_ = true;
  }
  changed_.SignalAll();
}

absl::Status WaitingRoom::Enter(Guest guest) {
  {
    MutexLock lock(mu_);
    if (draining_) return DrainingError();
    if (length_ >= capacity_) {
      return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                            capacity_, " calls already wait for ", name_)),
                        "QUEUE_FULL");
    }
    ++length_;
    entered_.push_back(std::move(guest));
    look_ = true;  // what it waits for may have come meanwhile
  }
  changed_.SignalAll();
  return absl::OkStatus();
}

void WaitingRoom::Drain() {
  {
    MutexLock lock(mu_);
    draining_ = true;
    look_ = true;
  }
  changed_.SignalAll();
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
    bool draining = false;
    {
      MutexLock lock(mu_);
      std::ranges::move(entered_, std::back_inserter(guests));
      entered_.clear();
      draining = draining_;
    }
    const auto leaving = std::ranges::partition(
        guests,
        [&](const Guest& guest) { return !draining && !guest.ready(); });
    {
      MutexLock lock(mu_);
      length_ -= leaving.size();
    }
    for (const Guest& guest : leaving) {
      if (draining) {
        guest.refuse(DrainingError());
      } else {
        guest.resume();
      }
    }
    guests.erase(leaving.begin(), leaving.end());
  }
}

}  // namespace mongoose::server
