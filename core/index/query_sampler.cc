#include "core/index/query_sampler.h"

#include <iterator>

namespace mongoose {

void QuerySampler::Offer(const NeuronQuery& query) {
  picker_.ForEachPicked(query.queries.rows(), [&](std::size_t i) {
    const auto vector = query.queries.row(i);
    const auto labels = query.labels(i);
    MutexLock lock(mu_);
    if (waiting_.size() >= kMaxWaiting) waiting_.pop_front();
    waiting_.push_back({.query = {vector.begin(), vector.end()},
                        .labels = {labels.begin(), labels.end()}});
  });
}

std::size_t QuerySampler::num_waiting() const {
  MutexLock lock(mu_);
  return waiting_.size();
}

std::vector<QuerySampler::Sample> QuerySampler::Take() {
  MutexLock lock(mu_);
  std::vector<Sample> taken(std::make_move_iterator(waiting_.begin()),
                            std::make_move_iterator(waiting_.end()));
  waiting_.clear();
  return taken;
}

}  // namespace mongoose
