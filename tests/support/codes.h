#ifndef MONGOOSE_TESTS_SUPPORT_CODES_H_
#define MONGOOSE_TESTS_SUPPORT_CODES_H_

#include <cstddef>
#include <cstdint>

#include "core/base/counter_rng.h"
#include "core/hash/code_matrix.h"

namespace mongoose::test_support {

inline void SetRandomRow(CodeMatrix& codes, RowId row, std::size_t bits,
                         CounterRng& rng) {
  for (Code& code : codes.mutable_row(row)) {
    code = static_cast<Code>(rng.NextBelow(1U << bits));
  }
}

// Codes of `bits` bits, shape [rows, tables].
inline CodeMatrix RandomCodes(std::size_t rows, std::size_t tables,
                              std::size_t bits, CounterRng& rng) {
  CodeMatrix codes(rows, tables);
  for (std::size_t row = 0; row < rows; ++row) {
    SetRandomRow(codes, static_cast<RowId>(row), bits, rng);
  }
  return codes;
}
inline CodeMatrix RandomCodes(std::size_t rows, std::size_t tables,
                              std::size_t bits, std::uint64_t seed) {
  CounterRng rng(seed, 0);
  return RandomCodes(rows, tables, bits, rng);
}

}  // namespace mongoose::test_support

#endif  // MONGOOSE_TESTS_SUPPORT_CODES_H_
