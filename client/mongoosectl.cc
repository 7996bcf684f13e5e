// mongoosectl: looks at and works with the indexes of a mongoose server.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "client/bench_command.h"
#include "client/index_client.h"
#include "client/npy_file.h"
#include "client/spec_flags.h"
#include "client/tls_flags.h"
#include "client/wire_bytes.h"

namespace mongoose::client {
namespace {

// What the command line asked for.
struct Options {
  ClientOptions client;
  double timeout_seconds = 30;
  std::string index;
  SpecFlags spec;
  BenchFlags bench;
  std::string npy_path;
  std::string writer_id = "mongoosectl";
  std::uint32_t num_active = 10;
  double watch_seconds = 1;
  int watch_count = 0;
};

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  return json;
}

absl::Status Create(IndexClient& client, const Options& options) {
  const auto spec = MakeSpec(options.index, options.spec);
  if (!spec.ok()) return spec.status();
  const auto created = client.CreateIndex(*spec);
  if (!created.ok()) return created.status();
  std::cout << (created->created() ? "created\n" : "exists already\n")
            << ToJson(created->spec());
  return absl::OkStatus();
}

absl::Status List(IndexClient& client, const Options&) {
  const auto specs = client.ListIndexes();
  if (!specs.ok()) return specs.status();
  std::cout << absl::StreamFormat("%-32s %10s %6s %5s %6s\n", "NAME", "ROWS",
                                  "DIM", "BITS", "TABLES");
  for (const v1::IndexSpec& spec : *specs) {
    std::cout << absl::StreamFormat(
        "%-32s %10d %6d %5d %6d\n", spec.name(), spec.num_rows(), spec.dim(),
        spec.hash().bits_per_table(), spec.hash().num_tables());
  }
  return absl::OkStatus();
}

absl::Status Status(IndexClient& client, const Options& options) {
  const auto status = client.GetIndexStatus(options.index);
  if (!status.ok()) return status.status();
  std::cout << ToJson(*status);
  return absl::OkStatus();
}

absl::Status Watch(IndexClient& client, const Options& options) {
  std::cout << absl::StreamFormat("%8s %10s %9s %9s %9s %8s %8s %8s  %s\n",
                                  "version", "sequence", "stale %", "dirty",
                                  "rehashed", "rebuilds", "partial", "recall",
                                  "last action");
  for (int i = 0; options.watch_count == 0 || i < options.watch_count; ++i) {
    if (i > 0) absl::SleepFor(absl::Seconds(options.watch_seconds));
    const auto status = client.GetIndexStatus(options.index);
    if (!status.ok()) return status.status();
    std::cout << absl::StreamFormat(
                     "%8d %10d %9.3f %9d %9d %8d %8d %8.3f  %s: %s",
                     status->state().index_version(),
                     status->state().applied_sequence(),
                     100 * status->state().staleness(), status->dirty_rows(),
                     status->rows_rehashed(), status->rebuilds(),
                     status->partial_rehashes(), status->recall_at_10(),
                     status->last_action(), status->last_reason())
              << std::endl;
  }
  return absl::OkStatus();
}

absl::Status Load(IndexClient& client, const Options& options) {
  const auto matrix = ReadNpy(options.npy_path);
  if (!matrix.ok()) return matrix.status();
  std::vector<std::uint32_t> ids(matrix->rows);
  std::iota(ids.begin(), ids.end(), 0U);
  const auto updates =
      client.OpenUpdateStream(options.index, options.writer_id);
  const std::size_t step = std::max<std::size_t>(1, matrix->rows / 50);
  const bool shows_progress = isatty(STDERR_FILENO) != 0;
  for (std::size_t first = 0; first < ids.size(); first += step) {
    const std::size_t count = std::min(step, ids.size() - first);
    absl::Status sent = updates->SetRows(
        std::span(ids).subspan(first, count),
        std::span(matrix->values)
            .subspan(first * matrix->cols, count * matrix->cols));
    if (!sent.ok()) return sent;
    if (!shows_progress) continue;
    std::cerr << absl::StreamFormat("\rsent %d of %d rows", first + count,
                                    ids.size());
  }
  absl::Status acked = updates->WaitAcked(options.client.timeout);
  if (shows_progress) std::cerr << "\n";
  if (!acked.ok()) return acked;
  std::cout << "loaded " << ids.size() << " rows\n";
  return absl::OkStatus();
}

absl::Status Query(IndexClient& client, const Options& options) {
  const auto matrix = ReadNpy(options.npy_path);
  if (!matrix.ok()) return matrix.status();
  v1::QueryNeuronsRequest request;
  request.set_index(options.index);
  *request.mutable_queries() = ToMatrix(matrix->values, matrix->rows);
  request.mutable_plan()->set_num_active(options.num_active);
  request.set_want_scores(true);
  const auto answer = client.QueryNeurons(request);
  if (!answer.ok()) return answer.status();
  const auto offsets = FromBytes<std::uint32_t>(answer->offsets());
  const auto ids = AnswerIds(*answer);
  const auto scores = FromBytes<float>(answer->scores());
  for (std::size_t sample = 0; sample + 1 < offsets.size(); ++sample) {
    std::cout << sample << ":";
    for (std::size_t i = offsets[sample]; i < offsets[sample + 1]; ++i) {
      std::cout << absl::StreamFormat(" %d=%.4g", ids[i], scores[i]);
    }
    std::cout << "\n";
  }
  return absl::OkStatus();
}

absl::Status Delete(IndexClient& client, const Options& options) {
  absl::Status deleted = client.DeleteIndex(options.index);
  if (deleted.ok()) std::cout << "deleted " << options.index << "\n";
  return deleted;
}

// Connecting has waited for SERVING.
absl::Status Health(IndexClient&, const Options&) {
  std::cout << "serving\n";
  return absl::OkStatus();
}

absl::Status Bench(IndexClient& client, const Options& options) {
  return RunBench(client, options.client, options.bench);
}

using Command = std::function<absl::Status(IndexClient&, const Options&)>;

// Adds a subcommand that names an index.
CLI::App* AddCommand(CLI::App& app, const std::string& name,
                     const std::string& help, Options& options, Command command,
                     Command& chosen) {
  CLI::App* sub = app.add_subcommand(name, help);
  sub->add_option("index", options.index, "Name of the index")->required();
  sub->callback([&chosen, command] { chosen = command; });
  return sub;
}

void AddCommands(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* create =
      AddCommand(app, "create", "Create an index", options, Create, chosen);
  AddSpecFlags(*create, options.spec);
  app.add_subcommand("health", "Exit with 0 if the server takes calls, else 1")
      ->callback([&chosen] { chosen = Health; });
  app.add_subcommand("list", "List all indexes")->callback([&chosen] {
    chosen = List;
  });
  AddCommand(app, "status", "Show an index's state as JSON", options, Status,
             chosen);
  CLI::App* watch = AddCommand(app, "watch",
                               "Print a line of state again and "
                               "again",
                               options, Watch, chosen);
  watch->add_option("--every", options.watch_seconds, "Seconds between lines")
      ->capture_default_str();
  watch->add_option("--count", options.watch_count, "Lines; 0: no end")
      ->capture_default_str();
  CLI::App* load = AddCommand(app, "load", "Set all rows from a .npy file",
                              options, Load, chosen);
  load->add_option("file", options.npy_path, "[rows, dim (+ 1)], float")
      ->required();
  load->add_option("--writer", options.writer_id, "Writer id")
      ->capture_default_str();
  CLI::App* query = AddCommand(app, "query",
                               "Print the active rows of each "
                               "query in a .npy file",
                               options, Query, chosen);
  query->add_option("file", options.npy_path, "[queries, dim], float")
      ->required();
  query->add_option("--active", options.num_active, "Rows per query")
      ->capture_default_str();
  AddCommand(app, "delete", "Delete an index", options, Delete, chosen);
  CLI::App* bench = app.add_subcommand(
      "bench", "Measure a server under a load of queries and updates");
  bench->callback([&chosen] { chosen = Bench; });
  AddBenchFlags(*bench, options.bench);
  bench->footer("--server and --timeout (mongoosectl --help) may follow, too");
}

int Main(int argc, char** argv) {
  CLI::App app("Looks at and works with the indexes of a mongoose server.",
               "mongoosectl");
  Options options;
  Command command;
  app.add_option("--server", options.client.target, "host:port or unix:/path")
      ->capture_default_str()
      ->envname("MONGOOSE_SERVER");
  app.add_option("--timeout", options.timeout_seconds, "Seconds per call")
      ->capture_default_str();
  AddTlsFlags(app, options.client.tls);
  app.require_subcommand(1);
  app.fallthrough();  // lets the options above stand after the command too
  AddCommands(app, options, command);
  CLI11_PARSE(app, argc, argv);
  options.client.timeout = absl::Seconds(options.timeout_seconds);
  options.client.connect_timeout =
      std::min(options.client.connect_timeout, options.client.timeout);
  const auto client = IndexClient::Connect(options.client);
  const absl::Status status =
      client.ok() ? command(**client, options) : client.status();
  if (status.ok()) return 0;
  std::cerr << "mongoosectl: " << status << "\n";
  return 1;
}

}  // namespace
}  // namespace mongoose::client

int main(int argc, char** argv) { return mongoose::client::Main(argc, argv); }
