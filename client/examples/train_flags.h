// What the training worker is asked to do on its command line.
#ifndef MONGOOSE_CLIENT_EXAMPLES_TRAIN_FLAGS_H_
#define MONGOOSE_CLIENT_EXAMPLES_TRAIN_FLAGS_H_

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "client/examples/row_optimizer.h"
#include "client/examples/service_source.h"
#include "client/examples/training_run.h"
#include "client/index_client.h"

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::examples {

// What is trained, and how.
struct TrainingFlags {
  std::string data_dir;
  std::string data_name = "wordnet";
  std::vector<std::string> modes{"dense", "in-batch", "slide", "mongoose"};
  std::uint64_t num_steps = 0;  // 0: num_epochs count
  double num_epochs = 1;
  std::string optimizer = "adagrad";
  float learning_rate = 0;  // 0: the optimizer's default
  float initial_accumulator = OptimizerOptions().initial_accumulator;
  std::uint64_t seed = 1;
  std::string report;
  std::string curves;
  RunOptions run;

  OptimizerOptions MakeOptimizer() const;
};

// How the active set is chosen.  Numbers of rows are per sample, but
// num_uniform, which is per batch.
struct SelectionFlags {
  std::string server = "127.0.0.1:50051";
  std::string worker_id = "worker-0";
  std::string start_from = "scratch";
  std::string index_name = "train-xc";
  std::string wire = "bf16";
  std::uint32_t num_active = 4;
  double queried_share = 0.5;
  std::uint32_t num_tail = 0;
  std::size_t num_uniform = 1024;
  std::string family = "partition";
  std::uint32_t num_tables = 32;
  std::uint32_t bits_per_table = 10;
  std::uint32_t min_hits = 1;
  std::uint32_t max_candidates = 0;
  std::uint32_t num_probes = 0;
  std::uint32_t num_cells = 8;
  std::string learning = "auto";
  std::uint32_t rehash_steps = 50;
  std::uint32_t hot_rows = 256;
  float max_row_staleness = 0;
  float min_batch_share = 0.1F;
  bool weighted = false;
  bool centre = false;
  bool read_your_writes = false;
  double reconnect_seconds = 0;
  client::TlsFiles tls;

  v1::DataType wire_dtype() const {
    return wire == "bf16" ? v1::DATA_TYPE_BF16 : v1::DATA_TYPE_FP32;
  }
};

struct TrainFlags {
  TrainingFlags training;
  SelectionFlags selection;
};

// Binds all flags of `app` to `flags`, which must outlive it.
void AddFlags(CLI::App& app, TrainFlags& flags);

// The index that mode "slide" or "mongoose" trains with, for a layer of
// `num_rows` rows: every-n re-hashing and unranked buckets, or drift-driven
// re-hashing and re-ranked candidates.
v1::IndexSpec MakeIndexSpec(const TrainFlags& flags, const std::string& mode,
                            std::uint32_t num_rows, std::uint32_t dim);

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_TRAIN_FLAGS_H_
