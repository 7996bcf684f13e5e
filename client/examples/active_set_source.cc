#include "client/examples/active_set_source.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "client/examples/row_set.h"
#include "client/examples/top_rows.h"
#include "core/base/counter_rng.h"

namespace mongoose::examples {
namespace {

// A source that reads the trainer's own rows and needs no service.
class LocalSource : public ActiveSetSource {
 public:
  absl::Status Start(const DenseMatrix& weights) override {
    weights_ = &weights;
    rows_ = RowSet(weights.rows());
    return absl::OkStatus();
  }

  absl::StatusOr<ActiveRows> Select(const DenseMatrix& hidden,
                                    const IdLists& labels) override {
    rows_.InsertAll(labels.ids);
    ActiveRows active;
    Extend(hidden, active);
    active.ids = rows_.Take();
    if (active.ids.empty()) {
      active.ids.push_back(0);  // a batch without labels: a softmax needs one
    }
    return active;
  }

  absl::Status Publish(std::span<const std::uint32_t> /*ids*/,
                       std::span<const float> /*values*/) override {
    return absl::OkStatus();
  }

  absl::StatusOr<IndexUse> Finish() override { return IndexUse(); }

 protected:
  // Adds rows to rows(), which holds the labels, and fills the log weights of
  // all of them or of none, and own rows.
  virtual void Extend(const DenseMatrix& hidden, ActiveRows& active) = 0;

  RowSet& rows() { return rows_; }
  const DenseMatrix& weights() const { return *weights_; }

 private:
  const DenseMatrix* weights_ = nullptr;
  RowSet rows_;
};

class InBatchSource : public LocalSource {
  void Extend(const DenseMatrix& /*hidden*/, ActiveRows& /*active*/) override {}
};

class UniformSource : public LocalSource {
 public:
  explicit UniformSource(const UniformOptions& options) : options_(options) {}

 private:
  void Extend(const DenseMatrix& /*hidden*/, ActiveRows& active) override {
    CounterRng rng(options_.seed, step_++);
    const std::size_t num_labels = rows().size();
    const std::size_t num_others = weights().rows() - num_labels;
    const std::size_t num_random = std::min(options_.num_random, num_others);
    const auto bound = static_cast<std::uint32_t>(weights().rows());
    while (rows().size() < num_labels + num_random) {
      rows().Insert(rng.NextBelow(bound));
    }
    if (options_.weighted && num_random > 0) {
      const double stands_for =
          static_cast<double>(num_others) / static_cast<double>(num_random);
      active.log_weights.assign(num_labels, 0.0F);
      active.log_weights.resize(num_labels + num_random,
                                static_cast<float>(std::log(stands_for)));
    }
  }

  UniformOptions options_;
  std::uint64_t step_ = 0;
};

class OracleSource : public LocalSource {
 public:
  explicit OracleSource(std::size_t rows_per_sample) : top_(rows_per_sample) {}

 private:
  void Extend(const DenseMatrix& hidden, ActiveRows& active) override {
    top_.Find(hidden, weights());
    for (std::size_t b = 0; b < hidden.rows(); ++b) {
      active.own.Append(top_.RowsOf(b));
    }
    rows().InsertAll(active.own.ids);
  }

  TopRows top_;
};

}  // namespace

std::unique_ptr<ActiveSetSource> MakeInBatchSource() {
  return std::make_unique<InBatchSource>();
}

std::unique_ptr<ActiveSetSource> MakeUniformSource(
    const UniformOptions& options) {
  return std::make_unique<UniformSource>(options);
}

std::unique_ptr<ActiveSetSource> MakeOracleSource(std::size_t rows_per_sample) {
  return std::make_unique<OracleSource>(rows_per_sample);
}

}  // namespace mongoose::examples
