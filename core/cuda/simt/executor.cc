#include "core/cuda/simt/executor.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "core/cuda/simt/fiber.h"
#include "core/cuda/simt/thread_order.h"

namespace mongoose::simt {
namespace {

// Of every GPU, per block, without asking for more.
constexpr std::size_t kSharedBytes = 48 << 10;
constexpr std::size_t kMostThreads = 1024;

std::string Describe(Place place) {
  const char* const slash = std::strrchr(place.file, '/');
  return std::string(slash == nullptr ? place.file : slash + 1) + ":" +
         std::to_string(place.line);
}

bool IsSame(Place a, Place b) {
  return a.line == b.line && std::strcmp(a.file, b.file) == 0;
}

enum class State { kReady, kAtBarrier, kExchanging, kDone };

struct Thread {
  Coordinates here;
  std::unique_ptr<Fiber> fiber;
  State state = State::kReady;
  Place place{};            // where it waits
  std::uint64_t value = 0;  // that it exchanges
  WarpValues received{};
};

using Fibers = std::vector<std::unique_ptr<Fiber>>;

// Sync objects of a launch: addresses alone count.
struct LaunchOrder {
  char start = 0;
  char end = 0;
};

// The threads of one block, and what they share.
class Block {
 public:
  // Takes fibers from `spare`, and gives them back in the end.
  Block(const Geometry& geometry, Dim3 index, const Schedule& schedule,
        Fibers& spare, LaunchOrder& order);
  ~Block();

  // Empty, or which rule was broken.
  std::string Run(const std::function<void()>& kernel, std::mt19937_64& random);

  const Coordinates& here() const { return current_->here; }
  void WaitAtBarrier(Place place);
  WarpValues WaitForWarp(std::uint64_t value, Place place);
  void* Shared(const void* key, std::size_t bytes, Place place);

 private:
  void RunReady(std::span<const std::size_t> order);
  // Lets waiting threads go on where all have come; whether any may run.
  bool ReleaseWaiting();
  void ReleaseBarrier();
  void ReleaseWarp(std::span<Thread> warp);
  void Wait(State state, Place place);
  void FailDeadlocked();
  void Fail(const std::string& error) {
    if (error_.empty()) error_ = error;
  }

  const Schedule schedule_;
  Fibers& spare_;
  LaunchOrder& launch_order_;
  std::vector<Thread> threads_;
  Thread* current_ = nullptr;
  std::map<const void*, std::unique_ptr<std::byte[]>> shared_;
  std::size_t shared_bytes_ = 0;
  // Two sync objects in turn: a fast thread's arrival at the next barrier is
  // nothing that those leaving this one have seen.
  std::array<char, 2> barrier_order_{};
  std::size_t barriers_passed_ = 0;
  std::string error_;
};

thread_local Block* running = nullptr;

Block::Block(const Geometry& geometry, Dim3 index, const Schedule& schedule,
             Fibers& spare, LaunchOrder& order)
    : schedule_(schedule),
      spare_(spare),
      launch_order_(order),
      threads_(geometry.block.count()) {
  const Dim3 size = geometry.block;
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    const auto at = static_cast<unsigned>(t);
    threads_[t].here = {.block_index = index,
                        .thread_index = {at % size.x, at / size.x % size.y,
                                         at / size.x / size.y}};
    if (spare_.empty()) spare_.push_back(std::make_unique<Fiber>());
    threads_[t].fiber = std::move(spare_.back());
    spare_.pop_back();
  }
}

Block::~Block() {
  for (Thread& thread : threads_) {
#if defined(__SANITIZE_THREAD__)
    // Blocks must not share stacks, and a fiber that has not ended has scopes
    // open that its end would report.
    if (thread.state != State::kDone) static_cast<void>(thread.fiber.release());
#else
    if (thread.state == State::kDone) spare_.push_back(std::move(thread.fiber));
#endif
  }
}

std::string Block::Run(const std::function<void()>& kernel,
                       std::mt19937_64& random) {
  running = this;
  for (Thread& thread : threads_) {
    thread.fiber->Start([this, &thread, &kernel] {
      Acquire(&launch_order_.start);
      kernel();
      Release(&launch_order_.end);
      thread.state = State::kDone;
    });
  }
  std::vector<std::size_t> order(threads_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (schedule_.order == Order::kReverse) std::ranges::reverse(order);
  do {
    if (schedule_.order == Order::kShuffled) {
      std::ranges::shuffle(order, random);
    }
    RunReady(order);
  } while (ReleaseWaiting());
  running = nullptr;
  return error_;
}

void Block::RunReady(std::span<const std::size_t> order) {
  for (const std::size_t t : order) {
    if (threads_[t].state != State::kReady) continue;
    current_ = &threads_[t];
    current_->fiber->Resume();
  }
}

bool Block::ReleaseWaiting() {
  const auto count = [this](State state) {
    return static_cast<std::size_t>(
        std::ranges::count(threads_, state, &Thread::state));
  };
  if (count(State::kDone) == threads_.size()) return false;
  if (count(State::kAtBarrier) == threads_.size()) ReleaseBarrier();
  for (std::size_t t = 0; t < threads_.size(); t += kWarpSize) {
    ReleaseWarp(std::span(threads_).subspan(t, kWarpSize));
  }
  if (count(State::kReady) == 0) FailDeadlocked();
  return error_.empty();
}

void Block::ReleaseBarrier() {
  for (Thread& thread : threads_) {
    if (!IsSame(thread.place, threads_[0].place)) {
      Fail("threads of a block at different barriers, " +
           Describe(threads_[0].place) + " and " + Describe(thread.place));
    }
    thread.state = State::kReady;
  }
  ++barriers_passed_;
}

void Block::ReleaseWarp(std::span<Thread> warp) {
  WarpValues values{};
  for (std::size_t lane = 0; lane < warp.size(); ++lane) {
    if (warp[lane].state != State::kExchanging) return;
    if (!IsSame(warp[lane].place, warp[0].place)) {
      Fail("lanes of a warp at different collectives, " +
           Describe(warp[0].place) + " and " + Describe(warp[lane].place));
    }
    values[lane] = warp[lane].value;
  }
  for (Thread& thread : warp) {
    thread.received = values;
    thread.state = State::kReady;
  }
}

void Block::FailDeadlocked() {
  std::string error = "deadlock:";
  std::map<std::string, std::string> waiting;  // by place, the first there
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    const Thread& thread = threads_[t];
    const std::string what = thread.state == State::kDone ? " has returned"
                             : thread.state == State::kAtBarrier
                                 ? " waits at barrier "
                                 : " waits for its warp at ";
    waiting.try_emplace(
        thread.state == State::kDone ? what : what + Describe(thread.place),
        " thread " + std::to_string(t));
  }
  for (const auto& [what, who] : waiting) error += who + what + ";";
  Fail(error);
}

void Block::Wait(State state, Place place) {
  Thread& self = *current_;
  self.state = state;
  self.place = place;
  Release(&launch_order_.end);  // a launch may end here, with an error
  self.fiber->Yield();
}

void Block::WaitAtBarrier(Place place) {
  char* const order = &barrier_order_[barriers_passed_ % 2];
  Release(order);
  Wait(State::kAtBarrier, place);
  Acquire(order);
}

WarpValues Block::WaitForWarp(std::uint64_t value, Place place) {
  Thread& self = *current_;
  self.value = value;
  Wait(State::kExchanging, place);
  return self.received;
}

void* Block::Shared(const void* key, std::size_t bytes, Place place) {
  auto& memory = shared_[key];
  if (memory != nullptr) return memory.get();
  shared_bytes_ += bytes;
  if (shared_bytes_ > kSharedBytes) {
    Fail("more than 48 KiB of shared memory at " + Describe(place));
  }
  memory = std::make_unique_for_overwrite<std::byte[]>(bytes);
  std::memset(memory.get(), static_cast<int>(0xA5 ^ (schedule_.seed & 0xFF)),
              bytes);
  return memory.get();
}

std::string CheckGeometry(const Geometry& geometry) {
  constexpr unsigned kMostBlocks = 65535;  // of y and z
  const std::size_t threads = geometry.block.count();
  if (threads == 0 || threads > kMostThreads || threads % kWarpSize != 0) {
    return "a block must have a multiple of 32 threads, at most 1024, got " +
           std::to_string(threads);
  }
  const Dim3 grid = geometry.grid;
  if (grid.count() == 0 || grid.y > kMostBlocks || grid.z > kMostBlocks) {
    return "a grid must have 1 to 65535 blocks a dimension, got " +
           std::to_string(grid.x) + " x " + std::to_string(grid.y) + " x " +
           std::to_string(grid.z);
  }
  return {};
}

// Indices of the blocks of a grid, as the schedule has them.
std::vector<std::size_t> BlockOrder(Dim3 grid, Order order,
                                    std::mt19937_64& random) {
  std::vector<std::size_t> blocks(grid.count());
  std::iota(blocks.begin(), blocks.end(), std::size_t{0});
  if (order == Order::kReverse) std::ranges::reverse(blocks);
  if (order == Order::kShuffled) std::ranges::shuffle(blocks, random);
  return blocks;
}

std::string RunBlocks(const Geometry& geometry, const Schedule& schedule,
                      const std::function<void()>& kernel, LaunchOrder& order) {
  std::mt19937_64 random(schedule.seed);
  thread_local Fibers spare;
  for (const std::size_t b :
       BlockOrder(geometry.grid, schedule.order, random)) {
    const auto at = static_cast<unsigned>(b);
    const Dim3 grid = geometry.grid;
    const Dim3 index{at % grid.x, at / grid.x % grid.y, at / grid.x / grid.y};
    Block block(geometry, index, schedule, spare, order);
    if (std::string error = block.Run(kernel, random); !error.empty()) {
      return error;
    }
  }
  return {};
}

}  // namespace

std::string Launch(const Geometry& geometry, const Schedule& schedule,
                   const std::function<void()>& kernel) {
  const ExecutorScope scope;
  assert(running == nullptr);
  if (std::string error = CheckGeometry(geometry); !error.empty()) return error;
  LaunchOrder order;
  Release(&order.start);
  std::string error = RunBlocks(geometry, schedule, kernel, order);
  Acquire(&order.end);
  return error;
}

const Coordinates& Here() {
  const ExecutorScope scope;
  return running->here();
}

void Barrier(Place place) {
  const ExecutorScope scope;
  running->WaitAtBarrier(place);
}

WarpValues Exchange(std::uint64_t value, Place place) {
  const ExecutorScope scope;
  return running->WaitForWarp(value, place);
}

void* SharedMemory(const void* key, std::size_t bytes, Place place) {
  const ExecutorScope scope;
  return running->Shared(key, bytes, place);
}

}  // namespace mongoose::simt
