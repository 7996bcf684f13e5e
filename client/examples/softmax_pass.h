// Softmax over a set of rows for a batch, forward and backward.
//
// Rows are taken in blocks.  Logits are kept transposed, [rows, samples], so
// that every loop runs along samples.  One sweep computes a block's logits,
// raises each sample's running maximum, and adds the block to the running
// sums and expected rows, rescaling what was there [online softmax,
// Milakov18].  A second sweep turns the kept exponentials of a block into
// its rows' gradients.  When they would not fit kMaxKeptBytes, the second
// sweep computes them again.
//
// Cost: 3 products of rows * dim * samples (4 without kept exponentials).
// Thread-safety: not thread-safe; each call uses all cores.
#ifndef MONGOOSE_CLIENT_EXAMPLES_SOFTMAX_PASS_H_
#define MONGOOSE_CLIENT_EXAMPLES_SOFTMAX_PASS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "client/examples/dense_matrix.h"

namespace mongoose::examples {

// A row, by its place in the softmax, and a sample.
struct RowOfSample {
  std::uint32_t place;
  std::uint32_t sample;

  friend bool operator==(const RowOfSample&, const RowOfSample&) = default;
};

// The rows of one softmax; the views must outlive the pass.
struct SoftmaxRows {
  std::span<const float> values;       // [count, dim + 1], the last is a bias
  std::span<const float> log_weights;  // [count], added to logits; or empty
  // Pairs whose logits log_weights are not added to; distinct, by place.
  std::span<const RowOfSample> unweighted;
};

class SoftmaxPass {
 public:
  // About: blocks are equal, and at most half as large again.  Fastest of
  // 1024..16384.
  static constexpr std::size_t kRowsPerBlock = 2048;
  static constexpr std::size_t kMaxKeptBytes = std::size_t{1} << 30;

  explicit SoftmaxPass(std::size_t max_kept_bytes = kMaxKeptBytes)
      : max_kept_bytes_(max_kept_bytes) {}

  // `inputs` [samples, dim + 1] ends with ones.  Both arguments must stay
  // until the last BlockGradient.  REQUIRES: at least one row.
  void Forward(const SoftmaxRows& rows, const DenseMatrix& inputs);

  // Results of Forward: ln of the sum of exponentials of each sample, and the
  // probability-weighted mean of the rows without bias, [samples, dim].
  std::span<const float> log_normalizers() const { return log_normalizers_; }
  const DenseMatrix& expected_rows() const { return expected_rows_; }

  std::size_t num_blocks() const;
  // The half-open range of rows of a block.
  std::size_t BlockBegin(std::size_t block) const;
  std::size_t BlockEnd(std::size_t block) const;

  // Writes sum over samples b of coefficients[b] * probability * inputs[b]
  // for each row of the block, [rows of block, dim + 1].
  void BlockGradient(std::size_t block, std::span<const float> coefficients,
                     DenseMatrix& gradient);

 private:
  std::size_t num_rows() const;
  float* BlockValues(std::size_t block);
  void ComputeLogits(std::size_t block);
  void TakeOffWeights(std::size_t block);
  // Exponentiates the block and adds it to the running sums.
  void AccumulateBlock(std::size_t block);
  void AddExpectedRows(std::size_t block);
  void FinishForward();

  std::size_t max_kept_bytes_;
  SoftmaxRows rows_;
  const DenseMatrix* inputs_ = nullptr;
  bool keeps_ = false;      // every block has memory of its own
  std::size_t stride_ = 0;  // samples, padded
  std::vector<float> exponentials_;
  std::vector<float> maxima_;  // [stride], running
  std::vector<float> sums_;    // [stride], relative to maxima
  std::vector<float> decays_;  // [stride], of the block added last
  DenseMatrix block_maxima_;   // [blocks, stride], used in each block
  DenseMatrix expected_rows_;
  DenseMatrix scaled_inputs_;
  std::vector<float> log_normalizers_;
};

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_SOFTMAX_PASS_H_
