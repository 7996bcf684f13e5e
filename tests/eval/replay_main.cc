// Replays a recorded training trajectory through every policy and family.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "client/examples/trajectory.h"
#include "core/base/status_macros.h"
#include "core/base/worker_pool.h"
#include "core/hash/projection.h"
#include "core/oracle/exact_search.h"
#include "tests/eval/replay_arm.h"
#include "tests/eval/update_oracle.h"
#include "tests/support/matrix.h"

namespace mongoose::eval {
namespace {

using examples::TrajectoryFrame;
using examples::TrajectoryReader;
using test_support::Matrix;

constexpr std::size_t kTruth = 100;
constexpr std::size_t kMeasuredQueries = 64;
// Staleness of a row from which it is copied or hashed, as the demo sets it.
constexpr float kPartitionStaleness = 0.05F;
constexpr float kTableStaleness = 0.25F;

struct Flags {
  std::string trajectory;
  std::string out = "eval";
  std::string name = "trajectory";
  std::uint64_t every_n = 50;
  std::uint64_t frame_steps = 20;
  std::uint64_t epoch_steps = 183;
  std::uint64_t seed = 1;
  std::vector<std::string> families = {"partition", "simhash"};
  std::vector<std::string> policies = {
      "drift_threshold", "drift_threshold+learn",
      "hash all dirty",  "drift reports",
      "code_sketch",     "every_n",
      "every frame",     "never"};
};

HashSpec FamilySpec(const std::string& family, std::size_t num_rows,
                    std::size_t cols, std::uint64_t seed) {
  HashSpec hash{.cols = cols, .seed = seed, .profile = NumericProfile::kInt8};
  if (family == "simhash") {
    hash.family = HashFamily::kDenseGaussian;
    hash.bits_per_table = 10;
    hash.num_tables = 32;
    return hash;
  }
  hash.family = HashFamily::kPartition;
  hash.bits_per_table = DefaultPartitionBits(num_rows);
  hash.num_tables = 1;
  return hash;
}

ArmOptions MakeArm(const Flags& flags, const std::string& family,
                   const std::string& policy, std::size_t num_rows,
                   std::size_t cols) {
  ArmOptions arm{.family = family, .policy = policy};
  IndexSpec& spec = arm.spec;
  spec.name = "replay";
  spec.num_rows = num_rows;
  spec.dim = cols - 1;
  spec.has_bias = true;
  spec.replica_type = RowType::kBfloat16;  // as in the demo
  spec.hash = FamilySpec(family, num_rows, cols, flags.seed);
  spec.default_plan = DefaultQueryPlan(spec.hash, num_rows);
  if (family == "partition") {
    // As many rows as the demo reads.
    spec.default_plan.num_probes = 31;
    spec.hot_list_rows = num_rows / 400;
  }
  if (policy.ends_with("+learn")) {
    spec.learning = {
        .mode = LearnMode::kAuto, .sample_share = 1, .max_load = 1};
  }
  DriftThresholdSpec drift{.max_row_staleness = spec.hash.is_partition()
                                                    ? kPartitionStaleness
                                                    : kTableStaleness,
                           .min_batch_rows = num_rows / 10};
  if (policy == "drift reports") arm.feed = Feed::kDrift;
  if (policy == "hash all dirty") drift.max_cell_drift = 0;
  if (policy == "code_sketch") {
    spec.rehash_policy = CodeSketchSpec{};
  } else if (policy == "every_n") {
    spec.rehash_policy = EveryNSpec{.steps = flags.every_n};
  } else if (policy == "every frame") {
    spec.rehash_policy = EveryNSpec{.steps = flags.frame_steps};
  } else if (policy == "never") {
    spec.rehash_policy = EveryNSpec{.steps = UINT32_MAX};
  } else {
    spec.rehash_policy = drift;
  }
  return arm;
}

// All that is replayed at once, and what they are compared with.
class Replay {
 public:
  Replay(const Flags& flags, TrajectoryReader& reader)
      : flags_(flags),
        reader_(reader),
        rows_(reader.num_rows(), reader.cols()) {
    for (const std::string& family : flags.families) {
      for (const std::string& policy : flags.policies) {
        if (family == "simhash" && policy == "hash all dirty") continue;
        arms_.emplace_back(
            MakeArm(flags, family, policy, reader.num_rows(), reader.cols()),
            backend_, clock_);
      }
    }
  }

  absl::Status Run() {
    points_.open(flags_.out + "/points-" + flags_.name + ".csv");
    points_ << "family,policy,step,rebuilds,rows_hashed,rows_copied,"
               "recall_at_10,recall_at_100,predicted,true,wire_share,"
               "rows_read\n";
    changes_.open(flags_.out + "/changes-" + flags_.name + ".csv");
    changes_ << "step,row_changes,entries_changed_per_step,"
                "entries_changed_in_epoch,oracle_partition,oracle_simhash\n";
    if (!points_ || !changes_) {
      return absl::UnavailableError("cannot write to " + flags_.out);
    }
    TrajectoryFrame frame;
    while (true) {
      const absl::Status status = reader_.Read(frame);
      if (absl::IsOutOfRange(status)) return absl::OkStatus();
      RETURN_IF_ERROR(status);
      RunFrame(frame);
    }
  }

 private:
  void RunFrame(const TrajectoryFrame& frame) {
    const std::uint64_t steps = frame.step - step_;
    for (std::size_t i = 0; i < frame.ids.size(); ++i) {
      std::ranges::copy(frame.values.row(i), rows_.row(frame.ids[i]).begin());
    }
    const auto frozen = test_support::FreezeMatrix(rows_);
    ObserveOracles(*frozen, frame, steps);
    const Matrix queries = Queries(frame);
    const auto measured =
        queries.view().Rows(0, std::min(kMeasuredQueries, queries.rows));
    const auto truth = ExactTopRows(*frozen, measured, kTruth);
    for (ReplayArm& arm : arms_) {
      arm.Apply(frame, steps);
      arm.Show(queries.view());
      Write(arm, arm.Measure(frame.step, measured, truth));
    }
    step_ = frame.step;
    std::cerr << absl::StrFormat("%s: step %d\n", flags_.name, step_);
  }

  // With the bias coordinate.
  Matrix Queries(const TrajectoryFrame& frame) const {
    Matrix queries(frame.hidden.rows(), rows_.cols, 1.0F);
    for (std::size_t i = 0; i < queries.rows; ++i) {
      std::ranges::copy(frame.hidden.row(i), queries.row(i).begin());
    }
    return queries;
  }

  void ObserveOracles(const FrozenRows& rows, const TrajectoryFrame& frame,
                      std::uint64_t steps) {
    if (!partition_oracle_.has_value()) {
      partition_oracle_.emplace(nullptr, rows,
                                DriftThresholdSpec{}.max_cell_drift);
      simhash_oracle_.emplace(
          CreateProjection(
              FamilySpec("simhash", rows_.rows, rows_.cols, flags_.seed))
              .value(),
          rows, kTableStaleness);
      return;
    }
    partition_oracle_->Observe(rows);
    simhash_oracle_->Observe(rows);
    changes_ << absl::StrFormat(
        "%d,%d,%.6f,%.6f,%d,%d\n", frame.step, frame.row_changes,
        simhash_oracle_->changed_entries() / static_cast<double>(steps),
        simhash_oracle_->changed_entries_of_epoch(),
        partition_oracle_->rows_hashed(), simhash_oracle_->rows_hashed());
    if (frame.step / flags_.epoch_steps != step_ / flags_.epoch_steps) {
      simhash_oracle_->MarkEpoch();
    }
  }

  void Write(const ReplayArm& arm, const ArmPoint& point) {
    points_ << absl::StrFormat(
        "%s,%s,%d,%d,%d,%d,%.4f,%.4f,%.5f,%.5f,%.5f,%.0f\n",
        arm.options().family, arm.options().policy, point.step, point.rebuilds,
        point.rows_hashed, point.rows_copied, point.recall_at_10,
        point.recall_at_100, point.predicted_staleness, point.true_staleness,
        point.wire_share, point.rows_read);
  }

  const Flags& flags_;
  TrajectoryReader& reader_;
  Matrix rows_;  // the trainer's
  WorkerPool workers_{1};
  SteadyClock clock_;
  CpuBackend backend_{workers_, clock_};
  std::vector<ReplayArm> arms_;
  std::optional<UpdateOracle> partition_oracle_;
  std::optional<UpdateOracle> simhash_oracle_;
  std::uint64_t step_ = 0;
  std::ofstream points_;
  std::ofstream changes_;
};

int Main(int argc, char** argv) {
  Flags flags;
  CLI::App app("Replays a trajectory of mongoose-train-xc through indexes.",
               "mongoose-replay");
  app.add_option("trajectory", flags.trajectory, "file")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--out", flags.out, "folder of the CSV files")
      ->capture_default_str()
      ->check(CLI::ExistingDirectory);
  app.add_option("--name", flags.name, "of the trajectory")
      ->capture_default_str();
  app.add_option("--every-n", flags.every_n,
                 "steps between rebuilds of every_n")
      ->capture_default_str();
  app.add_option("--frame-steps", flags.frame_steps,
                 "steps between frames, of every frame")
      ->capture_default_str();
  app.add_option("--epoch-steps", flags.epoch_steps, "steps of an epoch")
      ->capture_default_str();
  app.add_option("--seed", flags.seed, "of the hash functions")
      ->capture_default_str();
  app.add_option("--families", flags.families, "of partition, simhash")
      ->delimiter(',')
      ->check(CLI::IsMember({"partition", "simhash"}))
      ->capture_default_str();
  app.add_option("--policies", flags.policies, "as in the report")
      ->delimiter(',')
      ->check(CLI::IsMember(Flags().policies))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  auto reader = TrajectoryReader::Open(flags.trajectory);
  const absl::Status status =
      reader.ok() ? Replay(flags, *reader).Run() : reader.status();
  if (status.ok()) return EXIT_SUCCESS;
  std::cerr << "mongoose-replay: " << status << "\n";
  return EXIT_FAILURE;
}

}  // namespace
}  // namespace mongoose::eval

int main(int argc, char** argv) {
  try {
    return mongoose::eval::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mongoose-replay: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
