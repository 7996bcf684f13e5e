#include "client/examples/restarting_source.h"

#include <iostream>
#include <utility>

#include "absl/time/clock.h"

namespace mongoose::examples {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(500);

// The server is away, or came back without the index or without its rows.
bool IsLoss(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsNotFound(status) ||
         absl::IsDataLoss(status) || absl::IsFailedPrecondition(status) ||
         absl::IsCancelled(status) || absl::IsDeadlineExceeded(status);
}

class RestartingSource : public ActiveSetSource {
 public:
  RestartingSource(std::unique_ptr<ActiveSetSource> first,
                   std::function<std::unique_ptr<ActiveSetSource>()> make_next,
                   absl::Duration patience)
      : source_(std::move(first)),
        make_next_(std::move(make_next)),
        patience_(patience) {}

  absl::Status Start(const DenseMatrix& weights) override {
    weights_ = &weights;
    return source_->Start(weights);
  }

  absl::StatusOr<ActiveRows> Select(const DenseMatrix& hidden,
                                    const IdLists& labels) override {
    absl::StatusOr<ActiveRows> active = source_->Select(hidden, labels);
    if (active.ok() || !IsLoss(active.status())) return active;
    const absl::Status again = Restart(active.status());
    if (!again.ok()) return again;
    return source_->Select(hidden, labels);
  }

  absl::Status Publish(std::span<const std::uint32_t> ids,
                       std::span<const float> values) override {
    const absl::Status published = source_->Publish(ids, values);
    return IsLoss(published) ? Restart(published) : published;
  }

  absl::StatusOr<IndexUse> Finish() override {
    const absl::StatusOr<IndexUse> use = source_->Finish();
    if (use.ok() || !IsLoss(use.status())) return use;
    const absl::Status again = Restart(use.status());
    if (!again.ok()) return again;
    return source_->Finish();
  }

 private:
  absl::Status Restart(absl::Status loss) {
    std::cerr << "\nlost the index (" << loss << "); trying again for "
              << absl::FormatDuration(patience_) << "\n";
    const absl::Time give_up = absl::Now() + patience_;
    while (IsLoss(loss) && absl::Now() < give_up) {
      absl::SleepFor(kPause);
      source_ = make_next_();
      loss = source_->Start(*weights_);
    }
    if (loss.ok()) std::cerr << "all rows are loaded again; going on\n";
    return loss;
  }

  std::unique_ptr<ActiveSetSource> source_;
  const std::function<std::unique_ptr<ActiveSetSource>()> make_next_;
  const absl::Duration patience_;
  const DenseMatrix* weights_ = nullptr;
};

}  // namespace

std::unique_ptr<ActiveSetSource> MakeRestartingSource(
    std::unique_ptr<ActiveSetSource> first,
    std::function<std::unique_ptr<ActiveSetSource>()> make_next,
    absl::Duration patience) {
  return std::make_unique<RestartingSource>(std::move(first),
                                            std::move(make_next), patience);
}

}  // namespace mongoose::examples
