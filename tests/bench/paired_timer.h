// Times two ways of doing the same work in turn.
#ifndef MONGOOSE_TESTS_BENCH_PAIRED_TIMER_H_
#define MONGOOSE_TESTS_BENCH_PAIRED_TIMER_H_

#include <functional>
#include <vector>

namespace mongoose::bench {

struct Cost {
  double cpu_ms = 0;   // of all threads of the process
  double wall_ms = 0;  // by a steady clock
};

// What one call costs: calls often enough in a row to last `min_ms`.
Cost Measure(const std::function<void()>& work, double min_ms = 0);

double Median(std::vector<double> values);
Cost MedianCost(const std::vector<Cost>& costs);  // of each clock

// The ratio of two costs, each from one pair of runs.
struct Ratio {
  double median = 0;
  double low = 0;  // the least and the most of all pairs
  double high = 0;
};

struct PairedCosts {
  Cost peer;  // medians
  Cost ours;
  Ratio cpu;  // peer / ours
  Ratio wall;
};

// Runs peer and ours once unmeasured, then `pairs` times in turn; who starts a
// pair alternates.  Both are called over and over and must do equal work each
// time.
PairedCosts MeasurePairs(const std::function<void()>& peer,
                         const std::function<void()>& ours, int pairs);

}  // namespace mongoose::bench

#endif  // MONGOOSE_TESTS_BENCH_PAIRED_TIMER_H_
