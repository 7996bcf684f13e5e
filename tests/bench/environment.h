// What a reader must know to judge the numbers.
#ifndef MONGOOSE_TESTS_BENCH_ENVIRONMENT_H_
#define MONGOOSE_TESTS_BENCH_ENVIRONMENT_H_

#include <string>
#include <utility>
#include <vector>

#include "tests/bench/bench_options.h"

namespace mongoose::bench {

// Name and value: processor, caches, compiler, libraries, date, revision.
std::vector<std::pair<std::string, std::string>> DescribeEnvironment(
    const BenchOptions& options);

// Of 1, 5 and 15 minutes.
std::string LoadAverage();

}  // namespace mongoose::bench

#endif  // MONGOOSE_TESTS_BENCH_ENVIRONMENT_H_
