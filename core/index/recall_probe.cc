#include "core/index/recall_probe.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

#include "core/oracle/exact_search.h"

namespace mongoose {
namespace {

constexpr std::size_t kMaxWaiting = 8;
// Weight of the newest sample in the mean, once there are enough.
constexpr double kNewestWeight = 0.02;

}  // namespace

void RecallProbe::Offer(const std::shared_ptr<const FrozenRows>& rows,
                        const NeuronQuery& query, const ActiveSets& answer) {
  if (query.plan.num_active == 0) return;
  picker_.ForEachPicked(query.queries.rows(), [&](std::size_t i) {
    const auto vector = query.queries.row(i);
    const auto found = answer.rows(i);
    const auto labels = query.labels(i);
    MutexLock lock(mu_);
    if (waiting_.size() >= kMaxWaiting || clock_.Now() < resume_at_) return;
    waiting_.push_back({.rows = rows,
                        .query = {vector.begin(), vector.end()},
                        .labels = {labels.begin(), labels.end()},
                        .found = {found.begin(), found.end()},
                        .top = std::min(kTop, query.plan.num_active)});
  });
}

bool RecallProbe::HasWork() const {
  MutexLock lock(mu_);
  return !waiting_.empty();
}

void RecallProbe::MeasureOne() {
  Sample sample;
  {
    MutexLock lock(mu_);
    if (waiting_.empty()) return;
    sample = std::move(waiting_.front());
    waiting_.pop_front();
  }
  const Clock::TimePoint start = clock_.Now();
  std::vector<RowId> truth = ExactTopRows(
      *sample.rows, {sample.query, 1, sample.query.size()}, sample.top);
  std::erase_if(truth, [&sample](RowId row) {
    return std::ranges::find(sample.labels, row) != sample.labels.end();
  });
  const double recall = Recall(truth, sample.found);
  const Clock::TimePoint now = clock_.Now();
  MutexLock lock(mu_);
  resume_at_ = std::max(resume_at_, start) +
               std::chrono::duration_cast<Clock::TimePoint::duration>(
                   (now - start) / kMaxLoad);
  ++result_.samples;
  const double weight =
      std::max(1.0 / static_cast<double>(result_.samples), kNewestWeight);
  result_.recall += weight * (recall - result_.recall);
}

RecallProbe::Result RecallProbe::result() const {
  MutexLock lock(mu_);
  return result_;
}

}  // namespace mongoose
