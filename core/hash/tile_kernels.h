// SIMD kernels over tiles of 16 transposed vectors.
//
// Every lane sees the same scalar operations in the same order on every
// target, and products are never fused with sums, so results are equal bit for
// bit on all of them.
#ifndef MONGOOSE_CORE_HASH_TILE_KERNELS_H_
#define MONGOOSE_CORE_HASH_TILE_KERNELS_H_

#include <cstddef>
#include <cstdint>

#include "core/base/row_id.h"

namespace mongoose {

// ProjectTile works on this many directions at a time.
inline constexpr std::size_t kDenseColumns = 8;

// Multiplies coordinate i of x by signs[i], then takes the (unnormalised)
// Walsh-Hadamard transform.  x is [length, 16]; length is a power of two.
void RotateTile(float* x, const float* signs, std::size_t length);

// out[c, v] = sum over i of tile[i, v] * directions[i, c], in order of i.
// tile [cols, 16], directions [cols, columns], out [columns, 16];
// columns is a multiple of kDenseColumns.
void ProjectTile(const float* tile, const float* directions, std::size_t cols,
                 std::size_t columns, float* out);

// codes[t, v] has bit b set where projected[t * bits + b, v] > 0.
void PackSigns(const float* projected, std::size_t bits, std::size_t tables,
               Code* codes);

// winners[bin, v] = first position of the largest of the bin's coordinates;
// filled[bin, v] = 0 where all of them are zero.
void FindWinners(const float* tile, const std::uint32_t* coordinates,
                 std::size_t bins, std::size_t bin_size, std::uint32_t* winners,
                 std::uint32_t* filled);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_TILE_KERNELS_H_
