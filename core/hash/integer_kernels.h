// SIMD kernels around products of integers; equal on every target.
#ifndef MONGOOSE_CORE_HASH_INTEGER_KERNELS_H_
#define MONGOOSE_CORE_HASH_INTEGER_KERNELS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/row_id.h"

namespace mongoose {

// out[i] = x[i] * amplitude / max|x|, rounded to nearest, ties to even; all
// zeros when max|x| is below 2^-100.  Returns the step max|x| / amplitude, for
// which x[i] is about step * out[i]; 0 when all are zero.
// REQUIRES: finite; amplitude <= 127.
float RoundToAmplitude(std::span<const float> x, int amplitude,
                       std::int8_t* out);

// PackCodes works on this many products at a time.
inline constexpr std::size_t kPackedColumns = 16;

// codes[t] has bit b set where products[t * bits + b] > 0.
// REQUIRES: products.size() is a multiple of kPackedColumns and at most 8192,
// and at least codes.size() * bits; bits <= 16.
void PackCodes(std::span<const float> products, std::size_t bits,
               std::span<Code> codes);

// The least i for which products[i] * weights[i] is largest.
// REQUIRES: equal sizes, a multiple of kPackedColumns, > 0; no NaN.
std::size_t LargestWeighted(std::span<const float> products,
                            std::span<const float> weights);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_INTEGER_KERNELS_H_
