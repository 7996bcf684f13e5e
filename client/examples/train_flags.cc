#include "client/examples/train_flags.h"

#include <algorithm>

#include "client/tls_flags.h"

namespace mongoose::examples {
namespace {

constexpr float kAdagradLearningRate = 0.05F;
constexpr float kAdamLearningRate = 0.01F;

void AddTrainingFlags(CLI::App& app, TrainingFlags& flags) {
  app.add_option("--data", flags.data_dir, "folder of NAME.{train,test}.txt")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--data-name", flags.data_name, "NAME of the data files")
      ->capture_default_str();
  app.add_option("--modes", flags.modes, "active sets, trained in turn")
      ->delimiter(',')
      ->check(CLI::IsMember(
          {"dense", "in-batch", "uniform", "oracle", "slide", "mongoose"}))
      ->capture_default_str();
  app.add_option("--steps", flags.num_steps, "training steps; 0: by --epochs")
      ->capture_default_str();
  app.add_option("--epochs", flags.num_epochs, "passes over the data")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--batch", flags.run.batch_points, "points per step")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--optimizer", flags.optimizer, "adagrad or adam")
      ->check(CLI::IsMember({"adagrad", "adam"}))
      ->capture_default_str();
  app.add_option("--lr", flags.learning_rate,
                 "learning rate; 0: 0.05 (adagrad) or 0.01 (adam)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--initial-accumulator", flags.initial_accumulator,
                 "what adagrad's sums of squares start from; smaller: larger "
                 "first steps")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--correction", flags.run.correction,
                 "count another sample's row by its inclusion rate to this "
                 "power, grown to from 0; 0: once")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--seed", flags.seed, "of weights and of the batches' order")
      ->capture_default_str();
}

void AddOutputFlags(CLI::App& app, TrainingFlags& flags) {
  app.add_option("--eval-points", flags.run.eval_points,
                 "test points to measure precision on; 0: all")
      ->capture_default_str();
  app.add_option("--eval-every", flags.run.eval_every,
                 "steps between points of the curves")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--report", flags.report, "HTML file to write at the end");
  app.add_option("--curves", flags.curves,
                 "CSV file to write the learning curves to at the end");
  app.add_option("--checkpoint", flags.run.checkpoint,
                 "file (.MODE is added) to save the model to, and to go on "
                 "from if it exists");
  app.add_option("--checkpoint-every", flags.run.checkpoint_every,
                 "steps between checkpoints")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--trajectory", flags.run.trajectory,
                 "file (.MODE is added) to write how the output layer moved "
                 "to, for tests/eval");
  app.add_option("--trajectory-every", flags.run.trajectory_every,
                 "steps between its frames")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

void AddServiceFlags(CLI::App& app, SelectionFlags& flags) {
  app.add_option("--server", flags.server, "host:port or unix:/path")
      ->capture_default_str();
  app.add_option("--worker-id", flags.worker_id,
                 "names this worker's update stream and batch order")
      ->capture_default_str();
  app.add_option("--start-from", flags.start_from,
                 "scratch: create the index; index: join an existing one")
      ->check(CLI::IsMember({"scratch", "index"}))
      ->capture_default_str();
  app.add_option("--index-name", flags.index_name, "-MODE is added")
      ->capture_default_str();
  app.add_option("--wire", flags.wire, "encoding of vectors: fp32 or bf16")
      ->check(CLI::IsMember({"fp32", "bf16"}))
      ->capture_default_str();
  client::AddTlsFlags(app, flags.tls);
  app.add_option("--reconnect", flags.reconnect_seconds,
                 "seconds to try to go on after the server or the index was "
                 "lost, by loading all rows again; 0: fail at once")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_flag("--read-your-writes", flags.read_your_writes,
               "query only after the last step's rows have arrived");
}

void AddSelectionFlags(CLI::App& app, SelectionFlags& flags) {
  app.add_option("--active-per-sample", flags.num_active,
                 "rows per sample besides its labels (oracle, slide, mongoose)")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--queried-share", flags.queried_share,
                 "share of a batch's samples that rows are asked for; the "
                 "others train on the same rows (mongoose without "
                 "--weighted)")
      ->check(CLI::Range(0.01, 1.0))
      ->capture_default_str();
  app.add_option("--tail", flags.num_tail,
                 "uniform rows per sample besides (slide, mongoose)")
      ->capture_default_str();
  app.add_option("--uniform-rows", flags.num_uniform,
                 "random rows per batch (uniform)")
      ->capture_default_str();
  app.add_flag("--weighted", flags.weighted,
               "let random rows stand for all rows they were drawn from; needs "
               "--correction 0");
  app.add_option("--family", flags.family,
                 "hash functions (mongoose): partition, learned by the "
                 "service, simhash, or learned-simhash")
      ->check(CLI::IsMember({"partition", "simhash", "learned-simhash"}))
      ->capture_default_str();
  app.add_option("--cells", flags.num_cells,
                 "nearest cells searched for a sample (partition); 0: the "
                 "service's default")
      ->check(CLI::Range(0, 16384))
      ->capture_default_str();
  app.add_option("--learning", flags.learning,
                 "auto: the service learns from queries (partition, "
                 "learned-simhash); off: it does not")
      ->check(CLI::IsMember({"auto", "off"}))
      ->capture_default_str();
}

void AddIndexFlags(CLI::App& app, SelectionFlags& flags) {
  app.add_option("--tables", flags.num_tables, "hash tables (simhash, slide)")
      ->check(CLI::Range(1, 512))
      ->capture_default_str();
  app.add_option("--bits", flags.bits_per_table,
                 "hash bits per table (simhash, slide)")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  app.add_option("--min-hits", flags.min_hits,
                 "tables that must propose a row (simhash)")
      ->check(CLI::Range(1, 127))
      ->capture_default_str();
  app.add_option("--max-candidates", flags.max_candidates,
                 "rows per sample that are re-ranked (mongoose); 0: at least "
                 "24 and three times the active ones "
                 "(partition) or 256 (simhash)")
      ->capture_default_str();
  app.add_option("--probes", flags.num_probes,
                 "extra near buckets per table (simhash)")
      ->check(CLI::Range(0, 16))
      ->capture_default_str();
  app.add_flag("--centre,!--no-centre", flags.centre,
               "subtract means before hashing (simhash)");
  app.add_option("--hot-rows", flags.hot_rows, "rows in the hot list (simhash)")
      ->capture_default_str();
  app.add_option("--max-row-staleness", flags.max_row_staleness,
                 "re-hash rows predicted staler than this (mongoose); 0: 0.05 "
                 "(partition) or 0.25 (simhash)")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--min-batch-share", flags.min_batch_share,
                 "share of dirty rows worth a re-hash (mongoose)")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--rehash-steps", flags.rehash_steps,
                 "steps between rebuilds (slide)")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

}  // namespace

OptimizerOptions TrainingFlags::MakeOptimizer() const {
  OptimizerOptions options;
  const bool is_adam = optimizer == "adam";
  options.kind = is_adam ? OptimizerKind::kAdam : OptimizerKind::kAdagrad;
  options.learning_rate = learning_rate;
  options.initial_accumulator = initial_accumulator;
  if (learning_rate <= 0) {
    options.learning_rate = is_adam ? kAdamLearningRate : kAdagradLearningRate;
  }
  return options;
}

void AddFlags(CLI::App& app, TrainFlags& flags) {
  AddTrainingFlags(app, flags.training);
  AddOutputFlags(app, flags.training);
  AddServiceFlags(app, flags.selection);
  AddSelectionFlags(app, flags.selection);
  AddIndexFlags(app, flags.selection);
}

namespace {

// Defaults that depend on the family.
constexpr std::uint32_t kTableCandidates = 256;
constexpr std::uint32_t kPartitionCandidates = 24;
constexpr float kTableStaleness = 0.25F;
constexpr float kPartitionStaleness = 0.05F;

void SetMaxCandidates(const SelectionFlags& selection, std::uint32_t by_family,
                      v1::IndexSpec& spec) {
  spec.mutable_default_plan()->set_max_candidates(
      selection.max_candidates > 0 ? selection.max_candidates : by_family);
}

void SetMaxStaleness(const SelectionFlags& selection, float by_family,
                     v1::IndexSpec& spec) {
  auto& drift = *spec.mutable_rehash_policy()->mutable_drift_threshold();
  const float staleness =
      selection.max_row_staleness > 0 ? selection.max_row_staleness : by_family;
  drift.set_max_row_staleness(staleness);
  drift.set_max_index_staleness(staleness);
}

void SetLearning(const SelectionFlags& selection, v1::IndexSpec& spec) {
  spec.mutable_learning()->set_mode(
      selection.learning == "auto" ? v1::LEARN_MODE_AUTO : v1::LEARN_MODE_OFF);
}

void SetSimHash(const TrainFlags& flags, v1::IndexSpec& spec) {
  const SelectionFlags& selection = flags.selection;
  v1::HashSpec& hash = *spec.mutable_hash();
  hash.set_family(v1::HASH_FAMILY_ORTHOGONAL);
  hash.set_num_tables(selection.num_tables);
  hash.set_bits_per_table(selection.bits_per_table);
  SetMaxCandidates(selection, kTableCandidates, spec);
}

// Re-hashes all rows now and then and takes buckets as they are.
void SetSlide(const TrainFlags& flags, v1::IndexSpec& spec) {
  SetSimHash(flags, spec);
  spec.mutable_rehash_policy()->mutable_every_n()->set_steps(
      flags.selection.rehash_steps);
  v1::QueryPlan& plan = *spec.mutable_default_plan();
  plan.set_rerank(false);
  plan.set_use_hot_list(false);
  plan.set_min_hits(1);
}

// Re-hashes the rows that drifted and ranks candidates by exact scores.
void SetMongoose(const TrainFlags& flags, v1::IndexSpec& spec) {
  const SelectionFlags& selection = flags.selection;
  v1::QueryPlan& plan = *spec.mutable_default_plan();
  if (selection.family == "partition") {
    spec.mutable_hash()->set_family(v1::HASH_FAMILY_PARTITION);
    if (selection.num_cells > 0) plan.set_num_probes(selection.num_cells - 1);
    SetLearning(selection, spec);
    SetMaxCandidates(selection,
                     std::max(kPartitionCandidates, 3 * selection.num_active),
                     spec);
    SetMaxStaleness(selection, kPartitionStaleness, spec);
  } else {
    SetSimHash(flags, spec);
    if (selection.family == "learned-simhash") {
      spec.mutable_hash()->set_family(v1::HASH_FAMILY_DENSE_GAUSSIAN);
      SetLearning(selection, spec);
    }
    SetMaxStaleness(selection, kTableStaleness, spec);
    spec.mutable_hash()->set_centre(selection.centre);
    spec.set_hot_list_rows(selection.hot_rows);
    plan.set_min_hits(selection.min_hits);
    plan.set_num_probes(selection.num_probes);
  }
  auto& drift = *spec.mutable_rehash_policy()->mutable_drift_threshold();
  drift.set_min_batch_rows(
      1 + static_cast<std::uint32_t>(selection.min_batch_share *
                                     static_cast<float>(spec.num_rows())));
  spec.set_replica_dtype(v1::DATA_TYPE_BF16);
}

}  // namespace

v1::IndexSpec MakeIndexSpec(const TrainFlags& flags, const std::string& mode,
                            std::uint32_t num_rows, std::uint32_t dim) {
  const SelectionFlags& selection = flags.selection;
  v1::IndexSpec spec;
  spec.set_name(selection.index_name + "-" + mode);
  spec.set_num_rows(num_rows);
  spec.set_dim(dim);
  spec.set_has_bias(true);
  spec.mutable_hash()->set_seed(flags.training.seed);
  v1::QueryPlan& plan = *spec.mutable_default_plan();
  plan.set_num_active(selection.num_active);
  plan.set_num_tail(selection.num_tail);
  if (mode == "slide") {
    SetSlide(flags, spec);
  } else {
    SetMongoose(flags, spec);
  }
  return spec;
}

}  // namespace mongoose::examples
