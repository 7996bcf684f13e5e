#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/classic_lsh.h"
#include "tests/bench/measured_paths.h"
#include "tests/bench/ours.h"
#include "tests/bench/sgemm_hash.h"

namespace mongoose::bench {
namespace {

constexpr std::size_t kTables = 50;

// The performance targets of the whole re-hash; int8 is the faster profile.
double Target(std::size_t bits, NumericProfile profile) {
  const bool fast = profile == NumericProfile::kInt8;
  if (bits == 9) return fast ? 7 : 6;
  if (bits == 12) return fast ? 12 : 9;
  return fast ? 18 : 14;
}

void MeasureShape(const BenchSet& set, const TableShape& shape,
                  const PathContext& context) {
  WorkerPool& workers = context.workers;
  const auto all = set.rows.view();
  const std::size_t bits = shape.bits_per_table;
  OurIndex index(set.frozen, shape, workers);
  SgemmHash hash(set.rows.cols, bits, kTables, /*seed=*/1);
  ClassicLsh classic(bits, kTables);
  std::vector<Code> codes(set.rows.rows * kTables);

  const auto peer_hash = [&] { hash.Hash(all, codes, workers); };
  const auto peer_build = [&] {
    classic.Clear();
    classic.InsertAll(codes, workers);
  };
  const auto our_hash = [&] { index.HashAll(); };
  const auto our_build = [&] { index.BuildTables(); };

  const std::string profile = shape.profile == NumericProfile::kInt8
                                  ? " (ours: int8)"
                                  : " (ours: float32)";
  const auto add = [&](const std::string& work, const std::string& peer,
                       double target, const PairedCosts& costs) {
    PathResult result{.path = 3,
                      .work = work + profile,
                      .set = set.name,
                      .bits_per_table = bits,
                      .num_tables = kTables,
                      .peer = peer,
                      .target = target,
                      .costs = costs};
    context.results.Add(result);
  };
  const int pairs = context.options.repetitions;
  add("hash all rows", "sgemm + signs", 0,
      MeasurePairs(peer_hash, our_hash, pairs));
  if (shape.profile == NumericProfile::kInt8) {  // the same for both
    add("make all tables", "classic clear + insert", 0,
        MeasurePairs(peer_build, our_build, pairs));
  }
  add("full re-hash", "sgemm + signs + classic clear + insert",
      Target(bits, shape.profile),
      MeasurePairs(
          [&] {
            peer_hash();
            peer_build();
          },
          [&] {
            our_hash();
            our_build();
          },
          pairs));
}

}  // namespace

void MeasureRehash(const BenchSet& set, const PathContext& context) {
  for (const std::size_t bits : context.options.bits_per_table()) {
    for (const auto profile :
         {NumericProfile::kInt8, NumericProfile::kFloat32}) {
      context.results.Say(absl::StrCat("path 3: ", set.name, " K=", bits));
      MeasureShape(
          set,
          {.bits_per_table = bits, .num_tables = kTables, .profile = profile},
          context);
    }
  }
}

}  // namespace mongoose::bench
