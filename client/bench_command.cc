#include "client/bench_command.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/bench_calls.h"
#include "client/bench_load.h"
#include "client/bench_report.h"
#include "client/stop_signal.h"
#include "client/temporary_index.h"

namespace mongoose::client {
namespace {

// Loading and building a large index takes longer than a call may.
constexpr absl::Duration kLoadTimeout = absl::Minutes(30);
constexpr std::uint32_t kDefaultRows = 100000;
constexpr std::uint32_t kDefaultDim = 128;
constexpr char kClearLine[] = "\r\x1b[K";  // of a terminal

// The index a load goes to.
struct Target {
  std::unique_ptr<TemporaryIndex> temporary;  // null: it was there before
  v1::IndexSpec spec;
  std::uint32_t num_clusters = 0;
};

absl::StatusOr<std::unique_ptr<TemporaryIndex>> CreateTemporary(
    IndexClient& client, const BenchFlags& flags) {
  const std::string name = flags.index.empty()
                               ? absl::StrCat("mongoosectl-bench-", getpid())
                               : flags.index;
  auto spec = MakeSpec(name, flags.spec);
  if (!spec.ok()) return spec.status();
  if (spec->num_rows() == 0) spec->set_num_rows(kDefaultRows);
  if (spec->dim() == 0) spec->set_dim(kDefaultDim);
  return TemporaryIndex::Create(client, *spec);
}

// Rows are not loaded yet.
absl::StatusOr<Target> OpenTarget(IndexClient& client,
                                  const BenchFlags& flags) {
  if (flags.create) {
    auto created = CreateTemporary(client, flags);
    if (!created.ok()) return created.status();
    Target target{.temporary = *std::move(created)};
    target.spec = target.temporary->spec();
    target.num_clusters = target.temporary->num_clusters();
    return target;
  }
  if (flags.index.empty()) {
    return absl::InvalidArgumentError(
        "bench needs --index NAME of an index or --create");
  }
  auto spec = client.GetIndex(flags.index);
  if (!spec.ok()) return spec.status();
  return Target{.spec = *std::move(spec)};
}

absl::Status CheckUpdates(const BenchFlags& flags, const v1::IndexSpec& spec) {
  if (flags.updates_per_second <= 0 || flags.update_rows <= spec.num_rows()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--update-rows must be at most the index's ",
                   spec.num_rows(), " rows, got ", flags.update_rows));
}

absl::Status LoadRows(TemporaryIndex& index, const BenchFlags& flags,
                      const StopSignal& stop) {
  const bool shows_progress = isatty(STDERR_FILENO) != 0;
  if (shows_progress) {
    std::cerr << "loading " << index.spec().num_rows() << " rows" << std::flush;
  }
  absl::Status loaded = index.Load(flags.seed, kLoadTimeout,
                                   [&] { return !stop.was_received(); });
  if (shows_progress) std::cerr << kClearLine << std::flush;
  return loaded;
}

LoadLane MakeQueryLane(IndexClient& client, const BenchFlags& flags,
                       const Target& target) {
  QueryLoad load{.dim = target.spec.dim(),
                 .num_clusters = target.num_clusters,
                 .batch = flags.batch,
                 .num_senders = flags.concurrency,
                 .seed = flags.seed};
  load.call.set_index(target.spec.name());
  load.call.set_layout(flags.layout == "union" ? v1::ANSWER_LAYOUT_UNION
                                               : v1::ANSWER_LAYOUT_PER_SAMPLE);
  *load.call.mutable_plan() = MakePlan(flags.plan);
  return {.senders = MakeQueryCallers(client, load),
          .calls_per_second = flags.rate};
}

// REQUIRES: CheckUpdates.
LoadLane MakeUpdateLane(IndexClient& client, const ClientOptions& options,
                        const BenchFlags& flags, const v1::IndexSpec& spec) {
  if (flags.updates_per_second <= 0) return {};
  return {.senders =
              MakeUpdateCallers(client, {.spec = spec,
                                         .chunk_rows = flags.update_rows,
                                         .change = flags.update_change,
                                         .writer_prefix = flags.writer_prefix,
                                         .num_senders = flags.num_writers,
                                         .timeout = options.timeout,
                                         .seed = flags.seed}),
          .calls_per_second = flags.updates_per_second};
}

LoadWindow MakeWindow(const BenchFlags& flags) {
  const auto to_nanoseconds = [](double seconds) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(seconds));
  };
  return {.warmup = to_nanoseconds(flags.warmup_seconds),
          .duration = to_nanoseconds(flags.duration_seconds)};
}

void ShowProgress(const LoadProgress& progress, const BenchFlags& flags) {
  std::cerr << absl::StreamFormat(
                   "\r%.1f of %.1f s: %d queries, %d updates, %d errors\x1b[K",
                   progress.seconds,
                   flags.warmup_seconds + flags.duration_seconds,
                   progress.queries, progress.updates, progress.errors)
            << std::flush;
}

// The most frequent code of the calls that failed; OK without any.
absl::Status StatusOfCalls(const LoadReport& report) {
  CallStats all = report.queries.stats;
  all.Merge(report.updates.stats);
  if (all.num_errors() == 0) return absl::OkStatus();
  const auto most = std::max_element(
      all.errors().begin(), all.errors().end(),
      [](const auto& a, const auto& b) { return a.second < b.second; });
  return {most->first, absl::StrCat(all.num_errors(), " of ", all.calls(),
                                    " calls failed (--allow-errors accepts "
                                    "that); the first with ",
                                    all.first_error())};
}

LoadReport RunLanes(const LoadLane& queries, const LoadLane& updates,
                    const BenchFlags& flags, const StopSignal& stop) {
  const bool shows_progress = isatty(STDERR_FILENO) != 0;
  const auto keep_going = [&](const LoadProgress& progress) {
    if (shows_progress) ShowProgress(progress, flags);
    return !stop.was_received();
  };
  LoadReport report = RunLoad(queries, updates, MakeWindow(flags), keep_going);
  if (shows_progress) std::cerr << kClearLine << std::flush;
  return report;
}

}  // namespace

absl::Status RunBench(IndexClient& client, const ClientOptions& options,
                      const BenchFlags& flags) {
  const StopSignal stop;
  auto target = OpenTarget(client, flags);
  if (!target.ok()) return target.status();
  absl::Status ready = CheckUpdates(flags, target->spec);
  if (ready.ok() && target->temporary != nullptr) {
    ready = LoadRows(*target->temporary, flags, stop);
  }
  if (!ready.ok()) return ready;
  const LoadLane queries = MakeQueryLane(client, flags, *target);
  const LoadLane updates = MakeUpdateLane(client, options, flags, target->spec);
  const BenchResult result{.target = options.target,
                           .spec = target->spec,
                           .flags = flags,
                           .report = RunLanes(queries, updates, flags, stop)};
  std::cout << (flags.json ? FormatBenchJson(result) : FormatBenchTable(result))
            << std::flush;
  if (target->temporary != nullptr) {
    absl::Status deleted = target->temporary->Delete();
    if (!deleted.ok()) return deleted;
  }
  if (!result.report.is_complete) {
    return absl::CancelledError(
        "interrupted; the report is of the time before");
  }
  return flags.allow_errors ? absl::OkStatus() : StatusOfCalls(result.report);
}

}  // namespace mongoose::client
