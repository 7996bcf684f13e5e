#include "client/examples/training_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "client/examples/batch_order.h"
#include "client/examples/dense_matrix.h"
#include "client/examples/trajectory.h"
#include "core/base/status_macros.h"

namespace mongoose::examples {
namespace {

using std::chrono::steady_clock;

// Hidden vectors kept in a frame of a trajectory.
constexpr std::size_t kFrameQueries = 256;

// Milliseconds since the last call or construction.
class LapTimer {
 public:
  double LapMs() {
    const auto now = steady_clock::now();
    const std::chrono::duration<double, std::milli> lap = now - last_;
    last_ = now;
    return lap.count();
  }

 private:
  steady_clock::time_point last_ = steady_clock::now();
};

// The median and the mean of values[first..]; 0 without any.
double MedianFrom(std::span<const double> values, std::size_t first) {
  std::vector<double> rest(values.begin() + static_cast<std::ptrdiff_t>(first),
                           values.end());
  if (rest.empty()) {
    return 0;
  }
  const auto middle =
      rest.begin() + static_cast<std::ptrdiff_t>(rest.size() / 2);
  std::ranges::nth_element(rest, middle);
  return *middle;
}

double MeanFrom(std::span<const double> values, std::size_t first) {
  const std::span<const double> rest = values.subspan(first);
  return std::accumulate(rest.begin(), rest.end(), 0.0) /
         static_cast<double>(std::max<std::size_t>(1, rest.size()));
}

class TrainingRun {
 public:
  TrainingRun(const RunOptions& options, const XcPoints& train,
              const XcPoints& test, SparseMlp& model, ActiveSetSource* source)
      : options_(options),
        train_(train),
        test_(test),
        model_(model),
        source_(source),
        order_(train.count(), options.batch_points, options.order_seed) {}

  absl::StatusOr<RunSummary> Run(ProgressLine& progress) {
    if (source_ != nullptr) {
      RETURN_IF_ERROR(source_->Start(model_.output().weights()));
    }
    if (!options_.trajectory.empty()) {
      ASSIGN_OR_RETURN(trajectory_, TrajectoryWriter::Create(
                                        options_.trajectory, kFrameQueries));
    }
    while (model_.steps() < options_.num_steps) {
      LapTimer timer;
      RETURN_IF_ERROR(Step());
      const double step_ms = timer.LapMs();
      summary_.seconds += step_ms / 1000;
      RETURN_IF_ERROR(Record());
      progress.Update({model_.steps(), loss_, summary_.precision.at_1,
                       step_share_, step_ms});
    }
    return Summarize();
  }

 private:
  absl::Status Step() {
    const XcPoints batch = SelectPoints(train_, order_.Batch(model_.steps()));
    model_.input().Forward(batch, hidden_);
    RETURN_IF_ERROR(StepOutput(batch.labels));
    model_.input().Step(batch, hidden_, grad_hidden_);
    return absl::OkStatus();
  }

  absl::Status StepOutput(const IdLists& labels) {
    OutputLayer& output = model_.output();
    LapTimer timer;
    double select_ms = 0;
    double publish_ms = 0;
    double step_ms = 0;
    step_share_ = 100;
    if (source_ == nullptr) {
      loss_ = output.StepDense(hidden_, labels, grad_hidden_);
      step_ms = timer.LapMs();
    } else {
      ASSIGN_OR_RETURN(ActiveRows active, source_->Select(hidden_, labels));
      if (options_.correction > 0) {
        active.log_weights = output.rates().CountBatch(
            active.ids, options_.correction * RunShare(model_.steps()));
      }
      select_ms = timer.LapMs();
      loss_ = output.StepActive(hidden_, labels, active, grad_hidden_);
      step_ms = timer.LapMs();
      RETURN_IF_ERROR(source_->Publish(active.ids, output.active_values()));
      publish_ms = timer.LapMs();
      step_share_ = 100.0 * static_cast<double>(active.ids.size()) /
                    static_cast<double>(output.weights().rows());
    }
    select_ms_.push_back(select_ms);
    publish_ms_.push_back(publish_ms);
    output_ms_.push_back(select_ms + step_ms + publish_ms);
    return absl::OkStatus();
  }

  double RunShare(std::uint64_t step) const {
    return static_cast<double>(step) / static_cast<double>(options_.num_steps);
  }

  // Adds the last step to the sums, the curve and the checkpoint.
  absl::Status Record() {
    const std::uint64_t step = model_.steps();
    ++summary_.steps;
    shares_.push_back(step_share_);
    losses_.push_back(loss_);
    const bool is_last = step == options_.num_steps;
    if (is_last || step % options_.eval_every == 0) {
      AddCurvePoint();
    }
    RETURN_IF_ERROR(RecordTrajectory(is_last));
    if (!options_.checkpoint.empty() &&
        (is_last || step % options_.checkpoint_every == 0)) {
      return model_.Save(options_.checkpoint);
    }
    return absl::OkStatus();
  }

  void AddCurvePoint() {
    summary_.precision = MeasurePrecision(model_, test_, options_.eval_points);
    summary_.curve.push_back({model_.steps(), summary_.seconds,
                              summary_.precision, MeanFrom(losses_, measured_),
                              MeanFrom(shares_, measured_),
                              MedianFrom(output_ms_, measured_)});
    measured_ = losses_.size();
  }

  absl::Status RecordTrajectory(bool is_last) {
    if (!trajectory_.has_value()) return absl::OkStatus();
    const DenseMatrix& weights = model_.output().weights();
    trajectory_->AddStep(static_cast<std::size_t>(
        std::lround(step_share_ / 100 * static_cast<double>(weights.rows()))));
    if (!is_last && model_.steps() % options_.trajectory_every != 0) {
      return absl::OkStatus();
    }
    return trajectory_->AddFrame(model_.steps(), weights, hidden_);
  }

  absl::StatusOr<RunSummary> Summarize() {
    if (summary_.steps == 0) {  // the checkpoint was that of a finished run
      summary_.precision =
          MeasurePrecision(model_, test_, options_.eval_points);
    } else {
      summary_.active_share = MeanFrom(shares_, 0);
    }
    summary_.output_ms = MedianFrom(output_ms_, 0);
    summary_.select_ms = MedianFrom(select_ms_, 0);
    summary_.publish_ms = MedianFrom(publish_ms_, 0);
    if (source_ != nullptr) {
      ASSIGN_OR_RETURN(summary_.index, source_->Finish());
    }
    return summary_;
  }

  const RunOptions& options_;
  const XcPoints& train_;
  const XcPoints& test_;
  SparseMlp& model_;
  ActiveSetSource* source_;
  BatchOrder order_;
  DenseMatrix hidden_;
  DenseMatrix grad_hidden_;
  RunSummary summary_;
  double loss_ = 0;
  double step_share_ = 0;
  // Per step.
  std::vector<double> losses_;
  std::vector<double> shares_;
  std::vector<double> output_ms_;
  std::vector<double> select_ms_;
  std::vector<double> publish_ms_;
  std::size_t measured_ = 0;  // steps before the last point of the curve
  std::optional<TrajectoryWriter> trajectory_;
};

}  // namespace

absl::StatusOr<RunSummary> Train(const RunOptions& options,
                                 const XcPoints& train, const XcPoints& test,
                                 SparseMlp& model, ActiveSetSource* source,
                                 ProgressLine& progress) {
  return TrainingRun(options, train, test, model, source).Run(progress);
}

}  // namespace mongoose::examples
