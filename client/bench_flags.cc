#include "client/bench_flags.h"

namespace mongoose::client {
namespace {

constexpr int kMostThreads = 1024;

CLI::Range RateRange() { return {0.001, 1e7}; }  // per second

void AddIndexFlags(CLI::App& app, BenchFlags& flags) {
  app.add_option("--index", flags.index,
                 "Index to use, or name of the one to create");
  CLI::Option* create = app.add_flag(
      "--create", flags.create,
      "Use a new index of clustered synthetic rows and delete it at the end; "
      "100000 rows of 128 values unless told otherwise");
  for (CLI::Option* option : AddSpecFlags(app, flags.spec)) {
    option->needs(create)->group("With --create");
  }
}

void AddQueryFlags(CLI::App& app, BenchFlags& flags) {
  app.add_option("--concurrency", flags.concurrency,
                 "Query calls in flight: always (closed loop), at most (open)")
      ->check(CLI::Range(1, kMostThreads))
      ->capture_default_str();
  app.add_option("--rate", flags.rate,
                 "Open loop: query calls per second on a fixed schedule, "
                 "latencies counted from when they were due")
      ->check(RateRange());
  app.add_option("--batch", flags.batch, "Queries per call")
      ->check(CLI::Range(1U, 1000000U))
      ->capture_default_str();
  app.add_option("--layout", flags.layout, "Of the answers")
      ->check(CLI::IsMember({"per-sample", "union"}))
      ->capture_default_str();
}

void AddPlanFlags(CLI::App& app, PlanFlags& flags) {
  const auto add = [&](const char* names, std::optional<std::uint32_t>& value,
                       const char* help) {
    app.add_option(names, value, help)
        ->group("Query plan (default: the index's)");
  };
  add("--active,--num-active", flags.num_active, "Rows per query");
  add("--min-hits", flags.min_hits, "Tables that must propose a row");
  add("--probes", flags.num_probes, "Extra near buckets per table");
  add("--max-candidates", flags.max_candidates, "Rows that are re-ranked");
  add("--tail", flags.num_tail, "Uniform rows per query besides");
}

void AddUpdateFlags(CLI::App& app, BenchFlags& flags) {
  constexpr char kGroup[] = "Updates (they change the index's rows)";
  app.add_option("--updates-per-second", flags.updates_per_second,
                 "Chunks of row changes sent meanwhile; default: none")
      ->check(RateRange())
      ->group(kGroup);
  app.add_option("--update-rows", flags.update_rows, "Rows per chunk")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->group(kGroup);
  app.add_option("--update-change", flags.update_change,
                 "Length of the vector added to a row")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->group(kGroup);
  app.add_option("--writers", flags.num_writers,
                 "Update streams, each with one chunk in flight")
      ->check(CLI::Range(1, kMostThreads))
      ->capture_default_str()
      ->group(kGroup);
  app.add_option("--writer", flags.writer_prefix,
                 "Writer ids are this, -0, -1, ...; one process at a time may "
                 "use them")
      ->capture_default_str()
      ->group(kGroup);
}

void AddRunFlags(CLI::App& app, BenchFlags& flags) {
  app.add_option("--duration", flags.duration_seconds,
                 "Seconds to measure, after the warm-up")
      ->check(CLI::Range(0.001, 1e6))
      ->capture_default_str();
  app.add_option("--warmup", flags.warmup_seconds,
                 "Seconds of load before measuring")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--seed", flags.seed, "Of rows, queries and changes")
      ->capture_default_str();
  app.add_flag("--json", flags.json, "Print one JSON object");
  app.add_flag("--allow-errors", flags.allow_errors,
               "Succeed although calls failed");
}

}  // namespace

void AddBenchFlags(CLI::App& app, BenchFlags& flags) {
  AddIndexFlags(app, flags);
  AddQueryFlags(app, flags);
  AddPlanFlags(app, flags.plan);
  AddUpdateFlags(app, flags);
  AddRunFlags(app, flags);
}

v1::QueryPlan MakePlan(const PlanFlags& flags) {
  v1::QueryPlan plan;
  if (flags.num_active) plan.set_num_active(*flags.num_active);
  if (flags.min_hits) plan.set_min_hits(*flags.min_hits);
  if (flags.num_probes) plan.set_num_probes(*flags.num_probes);
  if (flags.max_candidates) plan.set_max_candidates(*flags.max_candidates);
  if (flags.num_tail) plan.set_num_tail(*flags.num_tail);
  return plan;
}

}  // namespace mongoose::client
