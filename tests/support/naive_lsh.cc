#include "tests/support/naive_lsh.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <tuple>

#include "core/base/counter_rng.h"
#include "core/hash/vector_hasher.h"

namespace mongoose::naive {
namespace {

using test_support::Matrix;

// The window of x that starts at `first` becomes H diag(signs) window, over
// sqrt(length): orthogonal.
void Rotate(std::vector<double>& x, std::size_t first, std::size_t length,
            CounterRng& signs) {
  std::vector<double> window(length);
  for (std::size_t i = 0; i < length; ++i) {
    window[i] = x[first + i] * static_cast<double>(signs.NextSign());
  }
  const std::vector<double> y = Hadamard(window);
  for (std::size_t i = 0; i < length; ++i) {
    x[first + i] = y[i] / std::sqrt(static_cast<double>(length));
  }
}

std::vector<double> OrthogonalMargins(const HashSpec& spec,
                                      std::span<const float> x) {
  const std::size_t below = std::bit_floor(spec.cols);
  const bool windowed = spec.cols <= below + below / 8;
  const std::size_t length = windowed ? below : 2 * below;
  const std::size_t last = windowed ? spec.cols - length : 0;
  std::vector<double> margins;
  for (std::uint64_t block = 0; margins.size() < spec.num_bits(); ++block) {
    CounterRng signs(spec.seed, block);
    std::vector<double> y(x.begin(), x.end());
    y.resize(std::max(length, spec.cols), 0.0);
    const std::size_t ends_at = block % 2 == 0 ? 0 : last;
    Rotate(y, ends_at, length, signs);
    Rotate(y, last - ends_at, length, signs);
    Rotate(y, ends_at, length, signs);
    const auto begin = y.begin() + static_cast<std::ptrdiff_t>(ends_at);
    margins.insert(margins.end(), begin,
                   begin + static_cast<std::ptrdiff_t>(length));
  }
  margins.resize(spec.num_bits());
  return margins;
}

}  // namespace

std::vector<double> Hadamard(std::span<const double> x) {
  std::vector<double> y(x.size(), 0.0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < x.size(); ++j) {
      y[i] += std::popcount(i & j) % 2 == 0 ? x[j] : -x[j];
    }
  }
  return y;
}

std::vector<double> Margins(const HashSpec& spec, std::span<const float> x) {
  if (spec.family == HashFamily::kOrthogonal) {
    return OrthogonalMargins(spec, x);
  }
  std::vector<double> margins(spec.num_bits(), 0.0);
  for (std::size_t bit = 0; bit < margins.size(); ++bit) {
    CounterRng rng(spec.seed, bit);
    for (const float value : x) {
      margins[bit] += double{value} *
                      (spec.family == HashFamily::kDenseSign
                           ? double{rng.NextSign()}
                           : double{static_cast<float>(rng.NextGaussian())});
    }
  }
  return margins;
}

std::vector<Code> PackBits(std::span<const double> margins,
                           std::size_t bits_per_table) {
  std::vector<Code> codes(margins.size() / bits_per_table, 0);
  for (std::size_t i = 0; i < margins.size(); ++i) {
    if (margins[i] <= 0) continue;
    codes[i / bits_per_table] = static_cast<Code>(codes[i / bits_per_table] |
                                                  1U << (i % bits_per_table));
  }
  return codes;
}

std::vector<Code> WtaCodes(const HashSpec& spec, std::span<const float> x) {
  const std::size_t bin_size = std::min<std::size_t>(8, x.size());
  const std::size_t num_bins = spec.num_bits() / 3;
  const std::size_t bins_per_permutation = x.size() / bin_size;
  std::vector<std::uint32_t> order(x.size());
  std::vector<int> winners(num_bins, -1);  // -1: a bin of zeros
  for (std::size_t bin = 0; bin < num_bins; ++bin) {
    const std::size_t place = bin % bins_per_permutation;
    if (place == 0) {
      CounterRng rng(spec.seed, 1 + bin / bins_per_permutation);
      std::iota(order.begin(), order.end(), 0U);
      for (std::size_t i = x.size(); i > 1; --i) {
        std::swap(order[i - 1],
                  order[rng.NextBelow(static_cast<std::uint32_t>(i))]);
      }
    }
    std::vector<float> values(bin_size);
    for (std::size_t i = 0; i < bin_size; ++i) {
      values[i] = x[order[place * bin_size + i]];
    }
    if (std::ranges::all_of(values, [](float v) { return v == 0; })) continue;
    winners[bin] =
        static_cast<int>(std::ranges::max_element(values) - values.begin());
  }
  const std::uint32_t multiplier = CounterRng(spec.seed, 0).NextBits() | 1U;
  std::vector<Code> codes(spec.num_tables, 0);
  for (std::size_t bin = 0; bin < num_bins; ++bin) {
    int winner = winners[bin];
    for (std::uint32_t attempt = 1; winner < 0 && attempt <= 100; ++attempt) {
      const std::uint32_t key =
          static_cast<std::uint32_t>(bin + 1) * 128U + attempt;
      const std::uint64_t hash = multiplier * key * 0x9E3779B1U;
      winner = winners[hash * num_bins >> 32];
    }
    const std::size_t bins_per_table = spec.bits_per_table / 3;
    codes[bin / bins_per_table] =
        static_cast<Code>(codes[bin / bins_per_table] |
                          std::max(winner, 0) << (bin % bins_per_table * 3));
  }
  return codes;
}

std::vector<Table> BuildTables(const CodeMatrix& codes) {
  std::vector<Table> tables(codes.tables());
  for (std::size_t row = 0; row < codes.rows(); ++row) {
    for (std::size_t table = 0; table < tables.size(); ++table) {
      tables[table][codes.row(row)[table]].push_back(static_cast<RowId>(row));
    }
  }
  return tables;
}

std::map<RowId, std::size_t> CountHits(std::span<const Table> tables,
                                       std::span<const Code> codes,
                                       std::span<const float> margins,
                                       std::size_t num_probes) {
  std::map<RowId, std::size_t> hits;
  for (std::size_t table = 0; table < tables.size(); ++table) {
    std::vector<Code> buckets = {codes[table]};
    const std::size_t bits = margins.size() / tables.size();
    std::vector<std::pair<float, unsigned>> nearest;
    for (unsigned bit = 0; bit < bits && num_probes > 0; ++bit) {
      nearest.emplace_back(std::abs(margins[table * bits + bit]), bit);
    }
    std::ranges::sort(nearest);
    for (std::size_t i = 0; i < num_probes; ++i) {
      buckets.push_back(
          static_cast<Code>(codes[table] ^ 1U << nearest[i].second));
    }
    for (const Code bucket : buckets) {
      const auto it = tables[table].find(bucket);
      if (it == tables[table].end()) continue;
      for (const RowId row : it->second) ++hits[row];
    }
  }
  return hits;
}

std::size_t HammingDistance(std::span<const Code> a, std::span<const Code> b) {
  int distance = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    distance += std::popcount(static_cast<Code>(a[i] ^ b[i]));
  }
  return static_cast<std::size_t>(distance);
}

double Dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += double{a[i]} * double{b[i]};
  }
  return sum;
}

std::vector<RowId> TopRows(const Matrix& rows, std::span<const float> query,
                           std::size_t k) {
  std::vector<std::pair<double, RowId>> scored;
  for (std::size_t i = 0; i < rows.rows; ++i) {
    scored.emplace_back(-Dot(rows.row(i), query), static_cast<RowId>(i));
  }
  std::ranges::sort(scored);
  scored.resize(std::min(k, scored.size()));
  std::vector<RowId> ids;
  for (const auto& [score, id] : scored) ids.push_back(id);
  return ids;
}

double Normaliser(const Matrix& rows, std::span<const float> query) {
  double sum = 0;
  for (std::size_t i = 0; i < rows.rows; ++i) {
    sum += std::exp(Dot(rows.row(i), query));
  }
  return sum;
}

std::vector<RowId> ActiveRows(const IndexSnapshot& snapshot, const Matrix& rows,
                              std::span<const float> query,
                              std::span<const RowId> labels,
                              const QueryPlan& plan) {
  const HashSpec& hash = snapshot.projection->spec();
  CodeMatrix codes(1, hash.num_tables);
  std::vector<float> margins(hash.is_simhash() ? hash.num_bits() : 0);
  HashQueries(*snapshot.projection, {query, 1, query.size()}, codes, margins);
  const auto hits = CountHits(BuildTables(*snapshot.codes), codes.row(0),
                              margins, plan.num_probes);
  // (minus the score, 0, id) or (minus the hits, distance, id).
  std::vector<std::tuple<double, std::size_t, RowId>> ranked;
  for (RowId row = 0; row < rows.rows; ++row) {
    const auto it = hits.find(row);
    const std::size_t count = it == hits.end() ? 0 : it->second;
    const bool hot =
        plan.use_hot_list &&
        std::ranges::find(*snapshot.hot_list, row) != snapshot.hot_list->end();
    const bool is_label = std::ranges::find(labels, row) != labels.end();
    if (is_label || (count < plan.min_hits && !hot)) continue;
    if (plan.rerank) {
      ranked.emplace_back(-Dot(rows.row(row), query), 0, row);
    } else {
      ranked.emplace_back(
          -static_cast<double>(std::min<std::size_t>(count, 127)),
          HammingDistance(snapshot.codes->row(row), codes.row(0)), row);
    }
  }
  std::ranges::sort(ranked);
  ranked.resize(std::min(ranked.size(), plan.num_active));
  std::vector<RowId> active;
  for (const RowId label : labels) {
    if (std::ranges::find(active, label) == active.end()) {
      active.push_back(label);
    }
  }
  for (const auto& entry : ranked) active.push_back(std::get<2>(entry));
  return active;
}

double UnionChance(double p, std::size_t bits, std::size_t tables) {
  const double one = std::pow(p, static_cast<double>(bits));
  return 1 - std::pow(1 - one, static_cast<double>(tables));
}

double TwoHitChance(double p, std::size_t bits, std::size_t tables) {
  const double one = std::pow(p, static_cast<double>(bits));
  const auto n = static_cast<double>(tables);
  return 1 - std::pow(1 - one, n - 1) * (n * one + 1 - one);
}

}  // namespace mongoose::naive
