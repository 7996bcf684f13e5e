// Trains an extreme-classification model, its softmax restricted to active
// rows chosen by one or several sources, and compares them.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/examples/active_set_source.h"
#include "client/examples/batch_order.h"
#include "client/examples/progress_line.h"
#include "client/examples/report.h"
#include "client/examples/restarting_source.h"
#include "client/examples/service_source.h"
#include "client/examples/sparse_mlp.h"
#include "client/examples/train_flags.h"
#include "client/examples/training_run.h"
#include "client/examples/xc_dataset.h"
#include "client/index_client.h"
#include "core/base/status_macros.h"

namespace mongoose::examples {
namespace {

constexpr std::uint32_t kHiddenDim = 128;

struct XcTask {
  XcDataset train;
  XcDataset test;
};

absl::StatusOr<XcTask> ReadTask(const TrainingFlags& flags) {
  const std::string prefix = flags.data_dir + "/" + flags.data_name;
  ASSIGN_OR_RETURN(XcDataset train, ReadXcFile(prefix + ".train.txt"));
  ASSIGN_OR_RETURN(XcDataset test, ReadXcFile(prefix + ".test.txt"));
  if (train.points.count() == 0 || train.num_labels == 0 ||
      train.num_features != test.num_features ||
      train.num_labels != test.num_labels) {
    return absl::InvalidArgumentError(absl::StrCat(
        prefix,
        ".{train,test}.txt must have points and the same features and "
        "labels"));
  }
  return XcTask{std::move(train), std::move(test)};
}

// FNV-1a: workers of the same seed take different orders on every platform.
std::uint64_t OrderSeed(const TrainFlags& flags) {
  std::uint64_t hash = 0xcbf29ce484222325ULL ^ flags.training.seed;
  for (const char c : flags.selection.worker_id) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return hash;
}

class Worker {
 public:
  Worker(const TrainFlags& flags, const XcTask& task)
      : flags_(flags), task_(task) {
    RunOptions& run = flags_.training.run;
    run.order_seed = OrderSeed(flags_);
    run.num_steps = flags_.training.num_steps;
    if (run.num_steps == 0) {
      const std::size_t num_points = task_.train.points.count();
      const BatchOrder order(num_points, run.batch_points, run.order_seed);
      run.num_steps = static_cast<std::uint64_t>(
          std::ceil(flags_.training.num_epochs *
                    static_cast<double>(order.batches_per_epoch())));
    }
  }

  absl::Status TrainAll() {
    std::vector<RunSummary> runs;
    for (const std::string& mode : flags_.training.modes) {
      ASSIGN_OR_RETURN(RunSummary run, TrainMode(mode));
      runs.push_back(std::move(run));
    }
    std::cout << "\n" << RenderTextTable(runs) << std::flush;
    if (!flags_.training.curves.empty()) {
      RETURN_IF_ERROR(
          WriteTextFile(flags_.training.curves, RenderCurvesCsv(runs)));
    }
    if (flags_.training.report.empty()) {
      return absl::OkStatus();
    }
    return WriteTextFile(flags_.training.report,
                         RenderHtmlReport(DescribeSetting(), runs));
  }

 private:
  std::uint32_t num_labels() const { return task_.train.num_labels; }

  absl::StatusOr<RunSummary> TrainMode(const std::string& mode) {
    SparseMlp model({task_.train.num_features, kHiddenDim, num_labels()},
                    flags_.training.MakeOptimizer(), flags_.training.seed);
    RunOptions run = flags_.training.run;
    if (!run.checkpoint.empty()) {
      run.checkpoint += "." + mode;
      const absl::Status loaded = model.Load(run.checkpoint);
      if (!loaded.ok() && !absl::IsNotFound(loaded)) {
        return loaded;
      }
    }
    if (!run.trajectory.empty()) run.trajectory += "." + mode;
    ASSIGN_OR_RETURN(const auto source, MakeSource(mode, model.steps() > 0));
    ProgressLine progress(mode, run.num_steps, isatty(STDOUT_FILENO) != 0,
                          std::cout);
    ASSIGN_OR_RETURN(RunSummary summary,
                     Train(run, task_.train.points, task_.test.points, model,
                           source.get(), progress));
    summary.mode = mode;
    return summary;
  }

  // Null for mode "dense".
  absl::StatusOr<std::unique_ptr<ActiveSetSource>> MakeSource(
      const std::string& mode, bool is_resumed) {
    const SelectionFlags& selection = flags_.selection;
    std::unique_ptr<ActiveSetSource> source;
    if (mode == "in-batch") {
      source = MakeInBatchSource();
    } else if (mode == "uniform") {
      source = MakeUniformSource(
          {selection.num_uniform, selection.weighted, flags_.training.seed});
    } else if (mode == "oracle") {
      source = MakeOracleSource(selection.num_active);
    } else if (mode != "dense") {
      return ConnectSource(mode, is_resumed);
    }
    return source;
  }

  absl::StatusOr<std::unique_ptr<ActiveSetSource>> ConnectSource(
      const std::string& mode, bool is_resumed) {
    const SelectionFlags& selection = flags_.selection;
    if (client_ == nullptr) {
      ASSIGN_OR_RETURN(client_,
                       client::IndexClient::Connect(
                           {.target = selection.server, .tls = selection.tls}));
    }
    ServiceOptions options{
        .spec = MakeIndexSpec(flags_, mode, num_labels(), kHiddenDim),
        .writer_id = selection.worker_id,
        .wire_dtype = selection.wire_dtype(),
        // Labels that the worker adds would count twice beside weighted rows.
        .queried_share = mode == "mongoose" && !selection.weighted
                             ? selection.queried_share
                             : 1,
        .read_your_writes = selection.read_your_writes,
        .weighted = selection.weighted,
        .wants_own_rows = flags_.training.run.correction > 0};
    if (selection.start_from == "index") {
      options.start = is_resumed ? IndexStart::kRejoin : IndexStart::kJoin;
    }
    auto source = MakeServiceSource(*client_, options);
    if (selection.reconnect_seconds == 0) return source;
    options.start = IndexStart::kEnsure;
    return MakeRestartingSource(
        std::move(source),
        [this, options] { return MakeServiceSource(*client_, options); },
        absl::Seconds(selection.reconnect_seconds));
  }

  std::string DescribeSetting() const {
    const TrainingFlags& training = flags_.training;
    return absl::StrFormat(
        "%s: %d training points, %d features, %d labels; %d steps of %d "
        "points, %s with learning rate %g, seed %d; P@k on %d test points; "
        "%d active rows per sample.",
        training.data_name, task_.train.points.count(),
        task_.train.num_features, num_labels(), training.run.num_steps,
        training.run.batch_points, training.optimizer,
        training.MakeOptimizer().learning_rate, training.seed,
        training.run.eval_points == 0 ? task_.test.points.count()
                                      : training.run.eval_points,
        flags_.selection.num_active);
  }

  TrainFlags flags_;
  const XcTask& task_;
  std::unique_ptr<client::IndexClient> client_;
};

absl::Status RunWorker(const TrainFlags& flags) {
  ASSIGN_OR_RETURN(const XcTask task, ReadTask(flags.training));
  return Worker(flags, task).TrainAll();
}

// OpenMP's threads would spin between loops and take the cores from a server
// on the same machine (5 times slower steps on two busy cores).  The policy is
// read before main, so the program is started again with it.
void RestartWithPassiveWaits(char** argv, char** environment) {
  constexpr std::string_view kPolicy = "OMP_WAIT_POLICY=";
  std::string passive = std::string(kPolicy) + "passive";
  std::vector<char*> variables;
  for (char** variable = environment; *variable != nullptr; ++variable) {
    if (std::string_view(*variable).starts_with(kPolicy)) {
      return;
    }
    variables.push_back(*variable);
  }
  variables.push_back(passive.data());
  variables.push_back(nullptr);
  execve("/proc/self/exe", argv, variables.data());  // returns on failure
}

int Main(int argc, char** argv) {
  TrainFlags flags;
  CLI::App app("Trains a classifier over many labels through mongoose.",
               "mongoose-train-xc");
  AddFlags(app, flags);
  CLI11_PARSE(app, argc, argv);
  if (flags.selection.weighted && flags.training.run.correction > 0) {
    std::cerr << "mongoose-train-xc: --weighted needs --correction 0, got "
              << flags.training.run.correction << "\n";
    return EXIT_FAILURE;
  }
  const absl::Status status = RunWorker(flags);
  if (!status.ok()) {
    std::cerr << "mongoose-train-xc: " << status << "\n";
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace mongoose::examples

int main(int argc, char** argv, char** environment) {
  try {
    mongoose::examples::RestartWithPassiveWaits(argv, environment);
    return mongoose::examples::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mongoose-train-xc: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
