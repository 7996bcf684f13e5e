#ifndef MONGOOSE_CORE_HASH_INTEGER_GEMM_H_
#define MONGOOSE_CORE_HASH_INTEGER_GEMM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace mongoose {

// Products of blocks of vectors of small integers with one fixed matrix, by
// oneDNN.
//
// All products and sums are integers below 2^24, which float32 holds exactly
// in any order, so every path gives the same result: int8 tiles (AMX), int8
// dot products (VNNI), or a float32 product where the CPU has neither.
//
// Thread-safe: Multiply may be called by many threads; it uses only the
// calling one.
class IntegerGemm {
 public:
  enum class Path { kInt8, kFloat32 };
  // kInt8 where the CPU multiplies int8 without saturation.
  static Path BestPath();
  // The largest magnitude of entries for which `cols` products stay exact.
  static int Amplitude(std::size_t cols) { return cols <= 1040 ? 127 : 63; }

  // Matrix units take 64 int8 at a time; anything else is repacked in between.
  static std::size_t PaddedCols(std::size_t cols) {
    return (cols + 63) / 64 * 64;
  }
  // A multiple of 16, but not of 512: products a multiple of 2 KiB apart would
  // share few cache sets.
  static std::size_t PaddedColumns(std::size_t columns) {
    const std::size_t padded = (columns + 15) / 16 * 16;
    return padded % 512 == 0 ? padded + 16 : padded;
  }

  // Vectors multiplied at a time.
  static constexpr std::size_t kMaxBlock = 128;

  // `matrix` [cols, columns] holds whole numbers within the amplitude.
  // REQUIRES: cols <= 4227.
  IntegerGemm(std::span<const std::int8_t> matrix, std::size_t cols,
              std::size_t columns, Path path = BestPath());
  ~IntegerGemm();
  IntegerGemm(const IntegerGemm&) = delete;
  IntegerGemm& operator=(const IntegerGemm&) = delete;

  std::size_t cols() const { return cols_; }
  std::size_t columns() const { return columns_; }

  // out [count, columns] = vectors [count, cols] * matrix, the vectors given
  // as int8 within the amplitude.  Both spans have room for BlockRows(count)
  // rows; those beyond `count` hold anything.  REQUIRES: count <= kMaxBlock.
  void Multiply(std::span<const std::int8_t> vectors, std::size_t count,
                std::span<float> out) const;
  // Rows that a product of `count` vectors works on.
  static std::size_t BlockRows(std::size_t count) {
    return count <= kSmallBlock ? kSmallBlock : kMaxBlock;
  }

 private:
  static constexpr std::size_t kSmallBlock = 16;
  class Product;  // oneDNN primitive for one number of rows

  const std::size_t cols_;
  const std::size_t columns_;
  std::unique_ptr<const Product> small_;
  std::unique_ptr<const Product> large_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_INTEGER_GEMM_H_
