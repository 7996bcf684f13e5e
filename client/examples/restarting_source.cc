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
    return OutliveLosses([&] { return source_->Select(hidden, labels); });
  }

  absl::Status Publish(std::span<const std::uint32_t> ids,
                       std::span<const float> values) override {
    const absl::Status published = source_->Publish(ids, values);
    // All rows are loaded again, these among them.
    return IsLoss(published) ? Restart(published, absl::Now() + patience_)
                             : published;
  }

  absl::StatusOr<IndexUse> Finish() override {
    return OutliveLosses([&] { return source_->Finish(); });
  }

 private:
  // What `call` answers, called again after each restart.
  template <typename Call>
  auto OutliveLosses(Call call) -> decltype(call()) {
    auto answer = call();
    const absl::Time give_up = absl::Now() + patience_;
    while (IsLoss(answer.status()) && absl::Now() < give_up) {
      const absl::Status restarted = Restart(answer.status(), give_up);
      if (!restarted.ok()) return restarted;
      answer = call();
    }
    return answer;
  }

  absl::Status Restart(absl::Status loss, absl::Time give_up) {
    std::cerr << "\nlost the index (" << loss << "); trying again for "
              << absl::FormatDuration(patience_) << "\n";
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
