// What the operating system and the allocator know of this process.
#ifndef MONGOOSE_SERVER_PROCESS_STATS_H_
#define MONGOOSE_SERVER_PROCESS_STATS_H_

#include <cstddef>
#include <cstdint>
#include <optional>

namespace mongoose::server {

struct ProcessStats {
  double cpu_seconds = 0;         // user and system
  double start_time_seconds = 0;  // Unix time
  std::uint64_t resident_bytes = 0;
  std::size_t threads = 0;
  std::size_t open_files = 0;
  std::size_t max_files = 0;
};

// Memory of the process in RAM, in bytes.
std::uint64_t ReadResidentBytes();

// Reads /proc/self; what cannot be read stays 0.
ProcessStats ReadProcessStats();

// Bytes that jemalloc has handed out, keeps in pages in use, keeps in RAM and
// has mapped.
struct AllocatorStats {
  std::size_t allocated = 0;
  std::size_t active = 0;
  std::size_t resident = 0;
  std::size_t mapped = 0;
};

// None when the process uses another allocator.
std::optional<AllocatorStats> ReadAllocatorStats();

// Memory the process may take: the least of its own control group's limit
// (version 1 or 2; not those of groups above it) and the machine's memory.
std::uint64_t ProcessMemoryLimit();

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_PROCESS_STATS_H_
