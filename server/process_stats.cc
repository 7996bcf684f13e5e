#include "server/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/text_file.h"

// Defined where the process is linked with jemalloc.
extern "C" int mallctl(const char* name, void* old, std::size_t* old_size,
                       void* fresh, std::size_t fresh_size)
    __attribute__((weak));

namespace mongoose::server {
namespace {

constexpr char kControlGroups[] = "/sys/fs/cgroup";

std::string ReadText(const std::string& path) {
  return ReadTextFile(path).value_or("");
}

// The second word of the line of `path` that starts with `key`.
double ReadNumber(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  std::string word;
  double number = 0;
  while (file >> word) {
    if (word == key && file >> number) return number;
  }
  return 0;
}

double ReadStartTime() {
  // Field 22 of stat, in clock ticks after boot; field 2 may hold spaces.
  const std::string stat = ReadText("/proc/self/stat");
  const std::size_t end = stat.rfind(')');
  if (end == std::string::npos) return 0;
  const std::vector<std::string> fields =
      absl::StrSplit(stat.substr(end + 2), ' ');
  constexpr std::size_t kStartField = 22 - 3;
  double ticks = 0;
  if (fields.size() <= kStartField ||
      !absl::SimpleAtod(fields[kStartField], &ticks)) {
    return 0;
  }
  return ReadNumber("/proc/stat", "btime") +
         ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double ToSeconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_usec) * 1e-6;
}

std::size_t ReadAllocator(const char* name) {
  std::size_t bytes = 0;
  std::size_t size = sizeof(bytes);
  return mallctl(name, &bytes, &size, nullptr, 0) == 0 ? bytes : 0;
}

// Where the limit of the group that `line` of /proc/self/cgroup names may
// stand, most specific first; a container sees its own group at the root.
std::vector<std::string> LimitFiles(absl::string_view line) {
  const std::vector<std::string> parts =
      absl::StrSplit(line, absl::MaxSplits(':', 2));
  if (parts.size() != 3) return {};
  if (parts[0] == "0") {
    return {absl::StrCat(kControlGroups, parts[2], "/memory.max"),
            absl::StrCat(kControlGroups, "/memory.max")};
  }
  if (parts[1] != "memory") return {};
  const std::string file = "/memory.limit_in_bytes";
  return {absl::StrCat(kControlGroups, "/memory", parts[2], file),
          absl::StrCat(kControlGroups, "/memory", file)};
}

}  // namespace

std::uint64_t ReadResidentBytes() {
  constexpr double kKibi = 1024;
  return static_cast<std::uint64_t>(kKibi *
                                    ReadNumber("/proc/self/status", "VmRSS:"));
}

ProcessStats ReadProcessStats() {
  ProcessStats stats;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    stats.cpu_seconds = ToSeconds(usage.ru_utime) + ToSeconds(usage.ru_stime);
  }
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) stats.max_files = files.rlim_cur;
  stats.resident_bytes = ReadResidentBytes();
  stats.threads =
      static_cast<std::size_t>(ReadNumber("/proc/self/status", "Threads:"));
  static const double start_time = ReadStartTime();
  stats.start_time_seconds = start_time;
  std::error_code error;
  for (std::filesystem::directory_iterator files_open("/proc/self/fd", error),
       end;
       !error && files_open != end; files_open.increment(error)) {
    ++stats.open_files;
  }
  return stats;
}

std::optional<AllocatorStats> ReadAllocatorStats() {
  if (mallctl == nullptr) return std::nullopt;
  std::uint64_t epoch = 1;  // renews the figures
  std::size_t size = sizeof(epoch);
  mallctl("epoch", &epoch, &size, &epoch, size);
  return AllocatorStats{.allocated = ReadAllocator("stats.allocated"),
                        .active = ReadAllocator("stats.active"),
                        .resident = ReadAllocator("stats.resident"),
                        .mapped = ReadAllocator("stats.mapped")};
}

std::uint64_t ProcessMemoryLimit() {
  std::uint64_t limit = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                        static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const std::string groups = ReadText("/proc/self/cgroup");
  for (const auto line : absl::StrSplit(groups, '\n')) {
    for (const std::string& path : LimitFiles(line)) {
      std::uint64_t bytes = 0;
      if (!absl::SimpleAtoi(ReadText(path), &bytes)) continue;  // "max", none
      limit = std::min(limit, bytes);
      break;
    }
  }
  return limit;
}

}  // namespace mongoose::server
