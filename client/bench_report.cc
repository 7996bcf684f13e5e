#include "client/bench_report.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mongoose::client {
namespace {

using Json = nlohmann::ordered_json;

struct NamedQuantile {
  const char* name;
  double share;
};
constexpr std::array<NamedQuantile, 4> kQuantiles = {
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}}};

double Milliseconds(std::chrono::nanoseconds latency) {
  return std::chrono::duration<double, std::milli>(latency).count();
}

double PerSecond(std::uint64_t count, const LaneReport& lane) {
  return lane.seconds > 0 ? static_cast<double>(count) / lane.seconds : 0;
}

// Of the calls that succeeded.
double PerCall(std::uint64_t sum, const CallStats& stats) {
  if (stats.num_ok() == 0) return 0;
  return static_cast<double>(sum) / static_cast<double>(stats.num_ok());
}

std::string DescribeLoad(const BenchResult& result) {
  const BenchFlags& flags = result.flags;
  std::string text = absl::StrFormat(
      "index    %s: %d rows of %d values, at %s\nqueries  ", result.spec.name(),
      result.spec.num_rows(), result.spec.dim(), result.target);
  if (flags.rate > 0) {
    absl::StrAppendFormat(&text, "open loop, %g calls/s, at most %d in flight",
                          flags.rate, flags.concurrency);
  } else {
    absl::StrAppendFormat(&text, "closed loop, %d calls in flight",
                          flags.concurrency);
  }
  absl::StrAppendFormat(&text, "; batch %d, %s\n", flags.batch, flags.layout);
  if (flags.updates_per_second > 0) {
    absl::StrAppendFormat(
        &text, "updates  %g chunks/s of %d rows from %d writer(s)\n",
        flags.updates_per_second, flags.update_rows, flags.num_writers);
  }
  return text;
}

void AppendCounts(const std::string& name, const LaneReport& lane,
                  std::uint32_t items_per_call, std::string& text) {
  constexpr double kMega = 1e6;
  const CallStats& stats = lane.stats;
  absl::StrAppendFormat(&text, "%-8s %9d %9d %11.1f %14.1f %9.2f %9.2f\n", name,
                        stats.calls(), stats.num_errors(),
                        PerSecond(stats.num_ok(), lane),
                        PerSecond(stats.num_ok() * items_per_call, lane),
                        PerSecond(stats.sums().bytes_sent, lane) / kMega,
                        PerSecond(stats.sums().bytes_received, lane) / kMega);
}

void AppendLatencies(const std::string& name, const LatencyHistogram& latency,
                     std::string& text) {
  if (latency.count() == 0) return;
  absl::StrAppendFormat(&text, "%-8s", name);
  for (const NamedQuantile& quantile : kQuantiles) {
    absl::StrAppendFormat(&text, " %9.3f",
                          Milliseconds(latency.Quantile(quantile.share)));
  }
  absl::StrAppendFormat(&text, " %9.3f %9.3f\n", Milliseconds(latency.max()),
                        Milliseconds(latency.mean()));
}

void AppendTrouble(const std::string& name, const LaneReport& lane,
                   std::string& text) {
  const CallStats& stats = lane.stats;
  if (stats.num_late() > 0 || lane.num_dropped > 0) {
    absl::StrAppendFormat(
        &text,
        "%s: %d calls were late (no sender was free), %d were dropped (due "
        "but never sent, not in the latencies)\n",
        name, stats.num_late(), lane.num_dropped);
  }
  for (const auto& [code, count] : stats.errors()) {
    absl::StrAppendFormat(&text, "%s: %d failed with %s\n", name, count,
                          absl::StatusCodeToString(code));
  }
  if (stats.num_errors() == 0) return;
  absl::StrAppend(&text, name, ": first error: ", stats.first_error(), "\n");
}

Json LatencyJson(const LatencyHistogram& latency) {
  if (latency.count() == 0) return nullptr;
  Json json;
  for (const NamedQuantile& quantile : kQuantiles) {
    json[quantile.name] = Milliseconds(latency.Quantile(quantile.share));
  }
  json["max"] = Milliseconds(latency.max());
  json["mean"] = Milliseconds(latency.mean());
  return json;
}

// `rate_name`: of the items (queries or rows) per second.
Json LaneJson(const LaneReport& lane, std::uint32_t items_per_call,
              const char* rate_name) {
  const CallStats& stats = lane.stats;
  Json errors = Json::object();
  for (const auto& [code, count] : stats.errors()) {
    errors[absl::StatusCodeToString(code)] = count;
  }
  return {
      {"calls", stats.calls()},
      {"ok", stats.num_ok()},
      {"errors", errors},
      {"late", stats.num_late()},
      {"dropped", lane.num_dropped},
      {"seconds", lane.seconds},
      {"calls_per_second", PerSecond(stats.num_ok(), lane)},
      {rate_name, PerSecond(stats.num_ok() * items_per_call, lane)},
      {"sent_bytes_per_second", PerSecond(stats.sums().bytes_sent, lane)},
      {"received_bytes_per_second",
       PerSecond(stats.sums().bytes_received, lane)},
      {"latency_ms", LatencyJson(stats.latency())},
  };
}

}  // namespace

std::string FormatBenchTable(const BenchResult& result) {
  const LaneReport& queries = result.report.queries;
  const LaneReport& updates = result.report.updates;
  const bool has_updates = result.flags.updates_per_second > 0;
  std::string text = DescribeLoad(result);
  absl::StrAppendFormat(&text, "\n%-8s %9s %9s %11s %14s %9s %9s\n", "",
                        "calls", "errors", "calls/s", "queries,rows/s",
                        "MB/s out", "MB/s in");
  AppendCounts("queries", queries, result.flags.batch, text);
  if (has_updates) {
    AppendCounts("updates", updates, result.flags.update_rows, text);
  }
  absl::StrAppendFormat(&text, "\n%-8s", "ms");
  for (const NamedQuantile& quantile : kQuantiles) {
    absl::StrAppendFormat(&text, " %9s", quantile.name);
  }
  absl::StrAppendFormat(&text, " %9s %9s\n", "max", "mean");
  AppendLatencies("queries", queries.stats.latency(), text);
  if (has_updates) AppendLatencies("updates", updates.stats.latency(), text);
  absl::StrAppendFormat(
      &text,
      "\n%.1f rows an answer, %.1f candidates a query, %.2f s measured\n",
      PerCall(queries.stats.sums().ids, queries.stats),
      PerCall(queries.stats.sums().candidates, queries.stats) /
          result.flags.batch,
      queries.seconds);
  AppendTrouble("queries", queries, text);
  AppendTrouble("updates", updates, text);
  return text;
}

std::string FormatBenchJson(const BenchResult& result) {
  const BenchFlags& flags = result.flags;
  const CallStats& queries = result.report.queries.stats;
  const Json json = {
      {"target", result.target},
      {"index", result.spec.name()},
      {"num_rows", result.spec.num_rows()},
      {"dim", result.spec.dim()},
      {"loop", flags.rate > 0 ? "open" : "closed"},
      {"rate", flags.rate},
      {"concurrency", flags.concurrency},
      {"batch", flags.batch},
      {"layout", flags.layout},
      {"updates_per_second", flags.updates_per_second},
      {"update_rows", flags.update_rows},
      {"writers", flags.num_writers},
      {"warmup_seconds", flags.warmup_seconds},
      {"seed", flags.seed},
      {"is_complete", result.report.is_complete},
      {"ids_per_call", PerCall(queries.sums().ids, queries)},
      {"candidates_per_query",
       PerCall(queries.sums().candidates, queries) / flags.batch},
      {"queries",
       LaneJson(result.report.queries, flags.batch, "queries_per_second")},
      {"updates",
       LaneJson(result.report.updates, flags.update_rows, "rows_per_second")},
  };
  return json.dump() + "\n";
}

}  // namespace mongoose::client
