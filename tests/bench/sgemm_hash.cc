#include "tests/bench/sgemm_hash.h"

#include <algorithm>

#include "core/base/counter_rng.h"
#include "tests/bench/sgemm.h"

namespace mongoose::bench {
namespace {

constexpr std::size_t kRowsPerProduct = 1024;  // their products stay in L2
constexpr std::size_t kRowsPerPart = 128;

}  // namespace

SgemmHash::SgemmHash(std::size_t cols, std::size_t bits_per_table,
                     std::size_t num_tables, std::uint64_t seed)
    : bits_per_table_(bits_per_table), num_tables_(num_tables) {
  CounterRng rng(seed, 3);
  directions_.resize(bits_per_table * num_tables * cols);
  for (float& v : directions_) v = static_cast<float>(rng.NextGaussian());
}

void SgemmHash::Hash(MatrixView<const float> rows, std::span<Code> codes,
                     WorkerPool& workers) {
  const std::size_t bits = bits_per_table_ * num_tables_;
  products_.resize(kRowsPerProduct * bits);
  for (std::size_t first = 0; first < rows.rows(); first += kRowsPerProduct) {
    const std::size_t count = std::min(kRowsPerProduct, rows.rows() - first);
    MultiplyTransposed({.rows = count, .cols = bits, .inner = rows.cols()},
                       rows.row(first).data(), directions_.data(),
                       products_.data());
    const std::size_t parts = (count + kRowsPerPart - 1) / kRowsPerPart;
    workers.ParallelFor(parts, [&](std::size_t part) {
      const std::size_t end = std::min((part + 1) * kRowsPerPart, count);
      for (std::size_t i = part * kRowsPerPart; i < end; ++i) {
        Code* out = &codes[(first + i) * num_tables_];
        std::fill_n(out, num_tables_, Code{0});
        for (std::size_t bit = 0; bit < bits_per_table_; ++bit) {
          const float* product = &products_[i * bits + bit * num_tables_];
          const auto mask = static_cast<Code>(1U << bit);
          for (std::size_t table = 0; table < num_tables_; ++table) {
            const Code set = product[table] > 0 ? mask : Code{0};
            out[table] = static_cast<Code>(out[table] | set);
          }
        }
      }
    });
  }
}

}  // namespace mongoose::bench
