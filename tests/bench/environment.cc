#include "tests/bench/environment.h"

#include <time.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/bench/faiss_peers.h"
#include "tests/bench/sgemm.h"

namespace mongoose::bench {
namespace {

std::string FirstLine(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

// The value of the first "name : value" line of /proc/cpuinfo.
std::string CpuInfo(const std::string& name) {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(name)) return line.substr(line.find(':') + 2);
  }
  return "?";
}

std::string Caches() {
  std::string all;
  for (int i = 0; i < 5; ++i) {
    const std::string cache =
        absl::StrCat("/sys/devices/system/cpu/cpu0/cache/index", i, "/");
    const std::string level = FirstLine(cache + "level");
    if (level.empty()) break;
    absl::StrAppend(&all, i == 0 ? "L" : "; L", level, " ",
                    FirstLine(cache + "type"), " ", FirstLine(cache + "size"));
  }
  return all;
}

std::string UtcDate() {
  const time_t now = time(nullptr);
  tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
  return text;
}

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return absl::StrCat(name, "=", value == nullptr ? "(unset)" : value);
}

}  // namespace

std::string LoadAverage() {
  const std::string line = FirstLine("/proc/loadavg");
  return line.substr(0, line.find('/') - 2);
}

std::vector<std::pair<std::string, std::string>> DescribeEnvironment(
    const BenchOptions& options) {
  const ProductSpeeds& speeds = MeasuredProductSpeeds();
  const std::string faiss = FaissCompileOptions();
  return {
      {"date", UtcDate()},
      {"revision", options.revision},
      {"processor",
       absl::StrCat(CpuInfo("model name"), "; family ", CpuInfo("cpu family"),
                    "; model ", CpuInfo("model\t"))},
      {"cores", absl::StrCat(std::thread::hardware_concurrency())},
      {"caches of core 0", Caches()},
      {"compiler", absl::StrCat("GCC ", __VERSION__)},
      {"our flags", MONGOOSE_BENCH_FLAGS},
      {"flags of exact search and re-rank; sgemm hash and hnswlib",
       absl::StrCat(MONGOOSE_BENCH_FLAGS, " ", MONGOOSE_BENCH_PEER_FLAGS)},
      {"OpenBLAS (used by FAISS)", OpenBlasKernel()},
      {"environment", absl::StrCat(Variable("OPENBLAS_CORETYPE"), " ",
                                   Variable("OPENBLAS_NUM_THREADS"), " ",
                                   Variable("OMP_NUM_THREADS"))},
      {"oneDNN instruction set", OneDnnIsa()},
      {"sgemm of exact search and of the sgemm hash",
       absl::StrCat(speeds.chosen, "; measured: oneDNN ",
                    static_cast<int>(speeds.onednn_gflops), " and OpenBLAS ",
                    static_cast<int>(speeds.openblas_gflops), " GFLOP/s")},
      {"FAISS build",
       absl::StrCat(faiss, faiss.find("AVX") == std::string::npos
                               ? "(SSE2 only: a native build would be faster "
                                 "wherever it does not call sgemm)"
                               : "")},
      {"pairs per ratio", absl::StrCat(options.repetitions)},
      {"quick",
       options.quick ? "yes: small sets; few runs; not for quoting" : "no"},
  };
}

}  // namespace mongoose::bench
