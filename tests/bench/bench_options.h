#ifndef MONGOOSE_TESTS_BENCH_BENCH_OPTIONS_H_
#define MONGOOSE_TESTS_BENCH_BENCH_OPTIONS_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace mongoose::bench {

// What one process of the comparison measures.
struct BenchOptions {
  std::vector<std::string> sets = {"a", "b", "g", "n", "s"};
  std::vector<int> paths = {1, 2, 3, 4, 5, 7, 8};
  int threads = 1;      // OMP_NUM_THREADS must say the same
  int repetitions = 5;  // pairs a ratio, after one warm-up pair
  bool quick = false;   // a fifth of set a, fewer settings
  std::string out = ".";
  std::string data;      // folder of unpacked shared data; empty: none
  std::string revision;  // of the sources, for the report

  // K of the paths that compare equal shapes.
  std::vector<std::size_t> bits_per_table() const {
    if (quick) return {9, 12};
    return {9, 12, 14};
  }
  bool Measures(int path) const { return std::ranges::count(paths, path) > 0; }
};

inline constexpr std::size_t kBatch = 128;  // queries asked together
inline constexpr std::size_t kTop = 10;     // neighbours that recall looks at

}  // namespace mongoose::bench

#endif  // MONGOOSE_TESTS_BENCH_BENCH_OPTIONS_H_
