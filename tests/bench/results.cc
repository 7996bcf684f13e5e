#include "tests/bench/results.h"

#include <cstdio>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "tests/bench/environment.h"

namespace mongoose::bench {
namespace {

std::ofstream OpenCsv(const BenchOptions& options, const std::string& stem,
                      const std::string& header) {
  std::filesystem::create_directories(options.out);
  std::ofstream out(
      absl::StrCat(options.out, "/", stem, "-t", options.threads, ".csv"));
  out << header << '\n';
  return out;
}

std::string Join(const Ratio& ratio) {
  return absl::StrCat(ratio.median, ",", ratio.low, ",", ratio.high);
}

}  // namespace

Results::Results(const BenchOptions& options)
    : options_(options),
      start_(std::chrono::steady_clock::now()),
      paths_(OpenCsv(options, "paths",
                     "path,work,set,bits,tables,threads,peer,target,"
                     "peer_cpu_ms,our_cpu_ms,cpu_ratio,cpu_low,cpu_high,"
                     "peer_wall_ms,our_wall_ms,wall_ratio,wall_low,wall_high,"
                     "note")),
      curves_(OpenCsv(options, "curves",
                      "set,rows,method,setting,threads,recall,cpu_us,wall_us,"
                      "bytes,growth")),
      environment_(OpenCsv(options, "environment", "name,value")) {
  for (const auto& [name, value] : DescribeEnvironment(options)) {
    AddFact(name, value);
  }
  AddFact("load at start", LoadAverage());
}

Results::~Results() { AddFact("load at end", LoadAverage()); }

void Results::Add(const PathResult& result) {
  const PairedCosts& costs = result.costs;
  paths_ << absl::StrCat(result.path, ",", result.work, ",", result.set, ",",
                         result.bits_per_table, ",", result.num_tables, ",",
                         options_.threads, ",", result.peer, ",", result.target)
         << absl::StrCat(",", costs.peer.cpu_ms, ",", costs.ours.cpu_ms, ",",
                         Join(costs.cpu), ",", costs.peer.wall_ms, ",",
                         costs.ours.wall_ms, ",", Join(costs.wall), ",")
         << result.note << '\n'
         << std::flush;
  const Ratio& ratio = options_.threads == 1 ? costs.cpu : costs.wall;
  const std::string shape = result.num_tables == 0
                                ? ""
                                : absl::StrCat(" K=", result.bits_per_table,
                                               " L=", result.num_tables);
  char factor[32];
  std::snprintf(factor, sizeof factor, "%.1fx", ratio.median);
  Say(absl::StrCat("  ", result.work, ", ", result.set, shape, ", ",
                   result.peer, ": ", factor));
}

void Results::Add(const CurvePoint& point) {
  curves_ << absl::StrCat(point.set, ",", point.num_rows, ",", point.method,
                          ",", point.setting, ",", options_.threads, ",",
                          point.recall)
          << absl::StrCat(",", point.per_query.cpu_ms * 1e3, ",",
                          point.per_query.wall_ms * 1e3, ",", point.bytes, ",",
                          point.is_growth ? 1 : 0)
          << '\n'
          << std::flush;
}

void Results::AddFact(const std::string& name, const std::string& value) {
  environment_ << name << ",\"" << value << "\"\n" << std::flush;
}

void Results::Say(const std::string& text) const {
  const std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - start_;
  std::fprintf(stderr, "[%6.1f s] %s\n", elapsed.count(), text.c_str());
}

}  // namespace mongoose::bench
