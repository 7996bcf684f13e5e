#ifndef MONGOOSE_CORE_HASH_SKETCH_H_
#define MONGOOSE_CORE_HASH_SKETCH_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/cow_blocks.h"
#include "core/base/row_id.h"
#include "core/hash/code_matrix.h"

namespace mongoose {

// The first bits of every row's codes, packed and laid out for comparing one
// query with all rows: word w of 16 consecutive rows stands together.
//
// Copies share blocks of 16 rows; see CowBlocks for thread-safety.
class Sketch {
 public:
  static constexpr std::size_t kRowsPerBlock = 16;

  // REQUIRES: num_bits is a multiple of 64.
  Sketch(std::size_t num_rows, std::size_t num_bits)
      : num_rows_(num_rows),
        num_words_(num_bits / 64),
        blocks_((num_rows + kRowsPerBlock - 1) / kRowsPerBlock,
                kRowsPerBlock * num_words_) {}

  std::size_t num_rows() const { return num_rows_; }
  std::size_t num_words() const { return num_words_; }
  std::size_t num_blocks() const { return blocks_.num_blocks(); }
  std::size_t bytes() const { return blocks_.bytes(); }
  // Words of rows [16 * i, 16 * i + 16), [num_words, 16].
  const std::uint64_t* block(std::size_t i) const { return blocks_.block(i); }

  // Takes the sketch of one row from its codes of `bits_per_table` bits.
  void Set(RowId row, std::span<const Code> codes, std::size_t bits_per_table);

  friend bool operator==(const Sketch& a, const Sketch& b) {
    if (a.num_rows_ != b.num_rows_ || a.num_words_ != b.num_words_) {
      return false;
    }
    for (std::size_t i = 0; i < a.num_blocks(); ++i) {
      if (!std::equal(a.block(i), a.block(i) + kRowsPerBlock * a.num_words_,
                      b.block(i))) {
        return false;
      }
    }
    return true;
  }

 private:
  std::size_t num_rows_;
  std::size_t num_words_;
  CowBlocks<std::uint64_t> blocks_;
};

// The first words.size() * 64 bits of the codes, one table after another.
// REQUIRES: as many bits are there.
void PackSketch(std::span<const Code> codes, std::size_t bits_per_table,
                std::span<std::uint64_t> words);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_SKETCH_H_
