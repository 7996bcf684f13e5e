// Loops over floats, compiled for every instruction set and chosen at run time.
//
// All are single-threaded; callers split the work.
#ifndef MONGOOSE_CLIENT_EXAMPLES_VECTOR_LOOPS_H_
#define MONGOOSE_CLIENT_EXAMPLES_VECTOR_LOOPS_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace mongoose::examples {

// Column counts of a LogitColumns are padded to a multiple of this.
inline constexpr std::size_t kColumnPadding = 16;

// A tile of logits: row r of the layer, sample c.
struct LogitColumns {
  float* values;  // [rows, columns], rows `stride` apart
  std::size_t rows;
  std::size_t stride;
  std::size_t columns;       // a multiple of kColumnPadding
  const float* log_weights;  // [rows], added to each row; null: nothing
};

// Replaces the logits by exp(logit - maxima[c]), after raising maxima[c] to
// the greatest logit of the column, and adds each column's sum to sums[c].
// sums[c] is first rescaled to the new maximum; the factor is in decays[c].
void ExponentiateColumns(const LogitColumns& tile, float* maxima, float* sums,
                         float* decays);

struct AdamFactors {
  float step_size;  // learning rate with the bias of both means removed
  float beta1;
  float beta2;
  float epsilon;  // scaled like the second mean
};

// One Adam step on values with running means `mean` and `square`.
void ApplyAdam(const AdamFactors& factors, std::span<const float> gradient,
               float* values, float* mean, float* square);

// One Adagrad step on values with accumulated squares `square`.
void ApplyAdagrad(float learning_rate, std::span<const float> gradient,
                  float* values, float* square);

// out += scale * in.
void AddScaled(float scale, std::span<const float> in, float* out);

// out = scale * in; the two may be the same.
void CopyScaled(float scale, std::span<const float> in, float* out);

float DotProduct(std::span<const float> a, const float* b);

// Writes the positions whose value exceeds `threshold`, ascending, and
// returns how many.  REQUIRES: room for values.size() positions.
std::size_t FindAbove(std::span<const float> values, float threshold,
                      std::uint32_t* positions);

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_VECTOR_LOOPS_H_
