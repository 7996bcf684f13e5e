// Runs methods over their settings and keeps the fastest that is good enough.
#ifndef MONGOOSE_TESTS_BENCH_RECALL_SWEEP_H_
#define MONGOOSE_TESTS_BENCH_RECALL_SWEEP_H_

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/base/matrix_view.h"
#include "core/base/row_id.h"
#include "tests/bench/bench_sets.h"
#include "tests/bench/measured_paths.h"
#include "tests/bench/results.h"

namespace mongoose::bench {

// Answers queries: found [queries, kTop].  Keeps alive what it needs but the
// set's rows.
using SearchFunction =
    std::function<void(MatrixView<const float> queries, std::span<RowId>)>;

struct SearchSetting {
  std::string method;
  std::string name;  // of the setting
  std::size_t bytes = 0;
  SearchFunction search;
};

inline constexpr double kWantedRecall = 0.9;

// Asks the set's first queries in batches of kBatch.  Finds their exact
// answers when it is made.
class RecallSweep {
 public:
  RecallSweep(const BenchSet& set, const PathContext& context, bool is_growth);

  // Measures recall and cost and writes them down.
  void Try(const SearchSetting& setting);

  // By method, the cheapest setting with the recall wanted.
  struct Best {
    SearchSetting setting;
    double recall = 0;
    Cost per_query;
  };
  const std::map<std::string, Best>& best() const { return best_; }

  // All queries once, for MeasurePairs.
  std::function<void()> Work(const SearchSetting& setting);
  std::size_t num_queries() const { return queries_.rows(); }

 private:
  double RecallOf(const SearchSetting& setting);
  double MsOf(const Cost& cost) const;  // the clock that counts

  const BenchSet& set_;
  const PathContext& context_;
  bool is_growth_;
  MatrixView<const float> queries_;
  std::vector<RowId> truth_;  // [queries, kTop]
  std::vector<RowId> found_;
  std::map<std::string, Best> best_;
};

// The settings of all methods on a set, passed to the sweep one by one.
void TryExact(const BenchSet& set, const PathContext& context,
              RecallSweep& sweep);
void TryOurTables(const BenchSet& set, const PathContext& context,
                  std::span<const std::size_t> bits_per_table,
                  RecallSweep& sweep);
void TryOurSketch(const BenchSet& set, const PathContext& context,
                  RecallSweep& sweep);
void TryOurPartition(const BenchSet& set, const PathContext& context,
                     RecallSweep& sweep);
// With the service's default spec and plan for so many rows.
void TryOurDefault(const BenchSet& set, const PathContext& context,
                   RecallSweep& sweep);
void TryFaiss(const BenchSet& set, const PathContext& context,
              RecallSweep& sweep);
void TryHnsw(const BenchSet& set, const PathContext& context,
             RecallSweep& sweep);

}  // namespace mongoose::bench

#endif  // MONGOOSE_TESTS_BENCH_RECALL_SWEEP_H_
