// Runs CUDA kernels on the CPU, one fiber a thread, for tests on machines
// without a GPU.
//
// Barriers, warp collectives and shared memory are those of CUDA; so are the
// rules, and what breaks one ends the launch with an error that names the
// place: a barrier that some threads have left by returning, lanes of a warp at
// different collectives, a block that waits for itself.  Shared memory is
// filled with a pattern first.  Under ThreadSanitizer only barriers, the launch
// and its end order the accesses of threads, so that a missing barrier, or two
// blocks that write one word, is a report.
//
// Not shown here: weak memory between blocks, divergence within a warp, speed.
#ifndef MONGOOSE_CORE_CUDA_SIMT_EXECUTOR_H_
#define MONGOOSE_CORE_CUDA_SIMT_EXECUTOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace mongoose::simt {

inline constexpr unsigned kWarpSize = 32;

struct Dim3 {
  unsigned x = 1;
  unsigned y = 1;
  unsigned z = 1;

  std::size_t count() const { return std::size_t{x} * y * z; }
};

// In which order the blocks of a grid, and the threads of a block between two
// barriers, run.
enum class Order { kForward, kReverse, kShuffled };

struct Geometry {
  Dim3 grid;
  Dim3 block;  // at most 1,024 threads, a multiple of the warp size
};

struct Schedule {
  Order order = Order::kForward;
  std::uint64_t seed = 0;  // of kShuffled, and of the pattern
};

// Runs `kernel` once for every thread of every block, on the calling OS thread.
// Empty, or what rule was broken and where.  REQUIRES: not within a kernel.
std::string Launch(const Geometry& geometry, const Schedule& schedule,
                   const std::function<void()>& kernel);

// A place in a kernel.
struct Place {
  const char* file;
  int line;
};

// What kernels call; REQUIRES: within Launch.

struct Coordinates {
  Dim3 block_index;
  Dim3 thread_index;
};
const Coordinates& Here();

// __syncthreads.
void Barrier(Place place);

// The values that the 32 lanes of the warp pass here, once all have.  Does not
// order memory.
using WarpValues = std::array<std::uint64_t, kWarpSize>;
WarpValues Exchange(std::uint64_t value, Place place);

// The shared memory of this block that `key` stands for, of so many bytes.
void* SharedMemory(const void* key, std::size_t bytes, Place place);

}  // namespace mongoose::simt

#endif  // MONGOOSE_CORE_CUDA_SIMT_EXECUTOR_H_
