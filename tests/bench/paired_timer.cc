#include "tests/bench/paired_timer.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace mongoose::bench {
namespace {

constexpr double kShortestRunMs = 20;

double ProcessCpuMs() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 +
         static_cast<double>(now.tv_nsec) * 1e-6;
}

double WallMs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

Ratio RatioOf(const std::vector<Cost>& peer, const std::vector<Cost>& ours,
              double Cost::*field) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < peer.size(); ++i) {
    ratios.push_back(peer[i].*field / ours[i].*field);
  }
  const auto [low, high] = std::ranges::minmax(ratios);
  return {.median = Median(ratios), .low = low, .high = high};
}

}  // namespace

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half]
                                : (values[half - 1] + values[half]) / 2;
}

Cost MedianCost(const std::vector<Cost>& costs) {
  std::vector<double> cpu;
  std::vector<double> wall;
  for (const Cost& cost : costs) {
    cpu.push_back(cost.cpu_ms);
    wall.push_back(cost.wall_ms);
  }
  return {.cpu_ms = Median(std::move(cpu)), .wall_ms = Median(std::move(wall))};
}

Cost Measure(const std::function<void()>& work, double min_ms) {
  const double cpu = ProcessCpuMs();
  const double wall = WallMs();
  int calls = 0;
  do {
    work();
    ++calls;
  } while (WallMs() - wall < min_ms);
  return {.cpu_ms = (ProcessCpuMs() - cpu) / calls,
          .wall_ms = (WallMs() - wall) / calls};
}

PairedCosts MeasurePairs(const std::function<void()>& peer,
                         const std::function<void()>& ours, int pairs) {
  peer();
  ours();
  std::vector<Cost> peer_costs;
  std::vector<Cost> our_costs;
  for (int i = 0; i < pairs; ++i) {
    if (i % 2 == 0) peer_costs.push_back(Measure(peer, kShortestRunMs));
    our_costs.push_back(Measure(ours, kShortestRunMs));
    if (i % 2 == 1) peer_costs.push_back(Measure(peer, kShortestRunMs));
  }
  return {.peer = MedianCost(peer_costs),
          .ours = MedianCost(our_costs),
          .cpu = RatioOf(peer_costs, our_costs, &Cost::cpu_ms),
          .wall = RatioOf(peer_costs, our_costs, &Cost::wall_ms)};
}

}  // namespace mongoose::bench
