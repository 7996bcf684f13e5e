#include "core/hash/sketch.h"

#include <array>
#include <cassert>

#include "core/hash/hash_spec.h"

namespace mongoose {

void PackSketch(std::span<const Code> codes, std::size_t bits_per_table,
                std::span<std::uint64_t> words) {
  assert(codes.size() * bits_per_table >= words.size() * 64);
  std::size_t table = 0;
  std::uint64_t pending = 0;  // bits that the word before had no room for
  std::size_t num_pending = 0;
  for (std::uint64_t& word : words) {
    word = pending;
    std::size_t filled = num_pending;
    while (filled < 64) {
      const std::uint64_t code = codes[table++];
      word |= code << filled;
      const std::size_t taken = 64 - filled;
      pending = taken < bits_per_table ? code >> taken : 0;
      filled += bits_per_table;
    }
    num_pending = filled - 64;
  }
}

void Sketch::Set(RowId row, std::span<const Code> codes,
                 std::size_t bits_per_table) {
  std::array<std::uint64_t, kMaxSketchBits / 64> words{};
  PackSketch(codes, bits_per_table, std::span(words).first(num_words_));
  std::uint64_t* block = blocks_.MutableBlock(row / kRowsPerBlock);
  for (std::size_t w = 0; w < num_words_; ++w) {
    block[w * kRowsPerBlock + row % kRowsPerBlock] = words[w];
  }
}

}  // namespace mongoose
