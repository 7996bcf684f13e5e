// Measures this project against its peers; compare.sh runs it and reports.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "core/base/worker_pool.h"
#include "tests/bench/bench_options.h"
#include "tests/bench/bench_sets.h"
#include "tests/bench/measured_paths.h"
#include "tests/bench/results.h"

namespace mongoose::bench {
namespace {

absl::Status MeasureSet(const BenchSet& set, const PathContext& context) {
  const BenchOptions& options = context.options;
  context.results.AddFact("set " + set.name,
                          std::to_string(set.rows.rows) + " rows of " +
                              std::to_string(set.rows.cols) + "; " + set.law);
  // Single lookups and unions run on one thread whatever is asked for.
  const bool is_synthetic = set.law.starts_with("synthetic");
  if (is_synthetic && options.threads == 1 &&
      (options.Measures(1) || options.Measures(2))) {
    const absl::Status status = MeasureLookups(set, context);
    if (!status.ok()) return status;
  }
  if (is_synthetic && options.Measures(3)) MeasureRehash(set, context);
  if (is_synthetic && options.Measures(4)) MeasureUpdates(set, context);
  if (options.Measures(5)) MeasureRecall(set, context);
  if (is_synthetic && options.threads == 1 && options.Measures(8)) {
    MeasureChecks(set, context);
  }
  return absl::OkStatus();
}

int Run(const BenchOptions& options) {
  Results results(options);
  WorkerPool workers(options.threads - 1);
  const PathContext context{
      .options = options, .workers = workers, .results = results};
  for (const std::string& name : options.sets) {
    results.Say("making set " + name);
    const auto set = MakeSet(name, options);
    if (absl::IsNotFound(set.status())) {
      results.AddFact("set " + name, "skipped: its data is not there");
      results.Say("skipped: " + std::string(set.status().message()));
      continue;
    }
    const absl::Status status =
        set.ok() ? MeasureSet(*set, context) : set.status();
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", status.ToString().c_str());
      return 1;
    }
  }
  if (options.Measures(6)) MeasureGrowth(context);
  if (options.threads == 1 && options.Measures(7)) MeasureCrossover(context);
  return 0;
}

}  // namespace
}  // namespace mongoose::bench

int main(int argc, char** argv) {
  mongoose::bench::BenchOptions options;
  CLI::App app("Measures this project against its peers");
  app.add_option("--sets", options.sets, "of a, b, g, n, s, u, v, w")
      ->delimiter(',');
  app.add_option("--paths", options.paths, "of 1 to 8")
      ->delimiter(',')
      ->check(CLI::Range(1, 8));
  app.add_option("--threads", options.threads, "set OMP_NUM_THREADS, too")
      ->check(CLI::Range(1, 256));
  app.add_option("--repetitions", options.repetitions, "pairs a ratio")
      ->check(CLI::Range(1, 1000));
  app.add_flag("--quick", options.quick, "small sets and few settings");
  app.add_option("--out", options.out, "folder for the CSV files");
  app.add_option("--data", options.data, "folder of unpacked shared data");
  app.add_option("--revision", options.revision, "of the sources");
  CLI11_PARSE(app, argc, argv);
  return mongoose::bench::Run(options);
}
