#include "core/index/query_sampler.h"

#include <utility>

namespace mongoose {

void QuerySampler::Offer(const NeuronQuery& query) {
  picker_.ForEachPicked(query.queries.rows(), [&](std::size_t i) {
    const auto vector = query.queries.row(i);
    const auto labels = query.labels(i);
    MutexLock lock(mu_);
    if (waiting_.size() >= kMaxWaiting) return;
    waiting_.push_back({.query = {vector.begin(), vector.end()},
                        .labels = {labels.begin(), labels.end()}});
  });
}

std::size_t QuerySampler::num_waiting() const {
  MutexLock lock(mu_);
  return waiting_.size();
}

std::vector<QuerySampler::Sample> QuerySampler::Take(std::size_t count) {
  std::vector<Sample> taken;
  MutexLock lock(mu_);
  while (!waiting_.empty() && taken.size() < count) {
    taken.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return taken;
}

}  // namespace mongoose
