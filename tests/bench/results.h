// Writes what was measured to CSV files and says what is going on.
#ifndef MONGOOSE_TESTS_BENCH_RESULTS_H_
#define MONGOOSE_TESTS_BENCH_RESULTS_H_

#include <chrono>
#include <cstddef>
#include <fstream>
#include <string>

#include "tests/bench/bench_options.h"
#include "tests/bench/paired_timer.h"

namespace mongoose::bench {

// One comparison of a path.
struct PathResult {
  int path = 0;
  std::string work;  // what both sides did
  std::string set;
  std::size_t bits_per_table = 0;  // 0: has none
  std::size_t num_tables = 0;
  std::string peer;
  double target = 0;  // the ratio wanted; 0: none
  PairedCosts costs;
  std::string note;
};

// One setting of one method.
struct CurvePoint {
  std::string set;
  std::size_t num_rows = 0;
  std::string method;
  std::string setting;
  double recall = 0;       // of the exact 10 best
  Cost per_query;          // at batch 128
  std::size_t bytes = 0;   // besides the rows; 0: not known
  bool is_growth = false;  // belongs to path 6
};

// Files paths-tN.csv, curves-tN.csv and environment-tN.csv in options.out,
// N = options.threads.  Fields hold no commas.
class Results {
 public:
  explicit Results(const BenchOptions& options);
  // Adds the load at the end.
  ~Results();

  void Add(const PathResult& result);
  void Add(const CurvePoint& point);
  void AddFact(const std::string& name, const std::string& value);
  // A line on stderr with the seconds since the start.
  void Say(const std::string& text) const;

 private:
  const BenchOptions options_;
  std::chrono::steady_clock::time_point start_;
  std::ofstream paths_;
  std::ofstream curves_;
  std::ofstream environment_;
};

}  // namespace mongoose::bench

#endif  // MONGOOSE_TESTS_BENCH_RESULTS_H_
