#include "core/query/int8_kernels.h"

#include <array>
#include <cassert>
#include <cstring>
#include <numeric>

#include "core/hash/integer_gemm.h"
#include "core/hash/integer_kernels.h"

// Multiplies bytes where the CPU can (VNNI).
#ifndef HWY_WANT_AVX3_DL
#define HWY_WANT_AVX3_DL
#endif
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/query/int8_kernels.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mongoose::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kTileRows = CellRows::kTileRows;
// Queries compared with a tile at a time: their sums stay in registers.
constexpr std::size_t kMaxGroup = 8;

using FloatTag = hn::CappedTag<float, kTileRows>;
using IntTag = hn::Rebind<std::int32_t, FloatTag>;
using IdTag = hn::Rebind<RowId, FloatTag>;

// keys[g] = products of the rows in lanes [lane, lane + Lanes) with query g.
#if HWY_TARGET <= HWY_AVX3_DL
// Highway 1.0 picks this target only on CPUs that have the instruction, but
// does not tell the compiler so.
#pragma GCC push_options
#pragma GCC target("avx512vnni")
template <std::size_t kGroup, typename Vector>
void MultiplyTile(const CellRows::Tile& tile, std::size_t lane,
                  const Int8Queries& queries,
                  std::span<const NearCursor> cursors, Vector* keys) {
  const IntTag d;
  std::array<const std::int32_t*, kGroup> query_words;
  std::array<__m512i, kGroup> sums;
  for (std::size_t g = 0; g < kGroup; ++g) {
    query_words[g] = queries.words(cursors[g].query);
    // The bytes of rows are too large by kZero.
    sums[g] =
        _mm512_set1_epi32(-CellRows::kZero * queries.sum(cursors[g].query));
  }
  const std::size_t num_words = queries.stride() / CellRows::kValuesPerWord;
  for (std::size_t w = 0; w < num_words; ++w) {
    const __m512i words = hn::Load(d, tile.words + w * kTileRows + lane).raw;
    HWY_UNROLL(8)
    for (std::size_t g = 0; g < kGroup; ++g) {
      sums[g] = _mm512_dpbusd_epi32(sums[g], words,
                                    _mm512_set1_epi32(query_words[g][w]));
    }
  }
  for (std::size_t g = 0; g < kGroup; ++g) {
    keys[g] = hn::ConvertTo(FloatTag(), hn::Vec512<std::int32_t>{sums[g]});
  }
}
#pragma GCC pop_options
#else
template <std::size_t kGroup, typename Vector>
void MultiplyTile(const CellRows::Tile& tile, std::size_t lane,
                  const Int8Queries& queries,
                  std::span<const NearCursor> cursors, Vector* keys) {
  const FloatTag d;
  const IntTag di;
  std::array<const float*, kGroup> floats{};
  for (std::size_t g = 0; g < kGroup; ++g) {
    floats[g] = queries.floats(cursors[g].query);
    keys[g] = hn::Zero(d);
  }
  const std::size_t num_words = queries.stride() / CellRows::kValuesPerWord;
  const auto byte = hn::Set(di, 0xFF);
  const auto zero = hn::Set(di, CellRows::kZero);
  for (std::size_t w = 0; w < num_words; ++w) {
    auto words = hn::LoadU(di, tile.words + w * kTileRows + lane);
    for (std::size_t i = 0; i < CellRows::kValuesPerWord; ++i) {
      const auto values = hn::ConvertTo(d, hn::Sub(hn::And(words, byte), zero));
      HWY_UNROLL(8)
      for (std::size_t g = 0; g < kGroup; ++g) {
        const auto query =
            hn::Set(d, floats[g][w * CellRows::kValuesPerWord + i]);
        keys[g] = hn::MulAdd(values, query, keys[g]);  // exact: whole numbers
      }
      words = hn::ShiftRight<8>(words);
    }
  }
}
#endif

template <std::size_t kGroup>
void ScanGroup(const CellRows::Tile& tile, const Int8Queries& queries,
               NearCursor* cursors) {
  const FloatTag d;
  const IdTag di;
  for (std::size_t lane = 0; lane < kTileRows; lane += hn::Lanes(d)) {
    decltype(hn::Zero(d)) keys[kGroup];
    MultiplyTile<kGroup>(tile, lane, queries, {cursors, kGroup}, keys);
    const auto steps = hn::LoadU(d, tile.steps + lane);
    const auto ids = hn::LoadU(di, tile.ids + lane);
    for (std::size_t g = 0; g < kGroup; ++g) {
      const auto key = hn::Mul(keys[g], steps);
      // False where the step is NaN.
      const auto near = hn::Gt(key, hn::Set(d, cursors[g].limit));
      if (hn::AllFalse(d, near)) continue;
      // Compressed in registers: Zen 4 takes over a hundred cycles to compress
      // to memory.
      hn::StoreU(hn::Compress(ids, hn::RebindMask(di, near)), di,
                 cursors[g].rows_end);
      hn::StoreU(hn::Compress(key, near), d, cursors[g].keys_end);
      const std::size_t count = hn::CountTrue(d, near);
      cursors[g].keys_end += count;
      cursors[g].rows_end += count;
    }
  }
}

void ScanTileImpl(const CellRows::Tile& tile, const Int8Queries& queries,
                  std::span<NearCursor> cursors) {
  for (; cursors.size() >= kMaxGroup; cursors = cursors.subspan(kMaxGroup)) {
    ScanGroup<kMaxGroup>(tile, queries, cursors.data());
  }
  switch (cursors.size()) {
    case 7:
      return ScanGroup<7>(tile, queries, cursors.data());
    case 6:
      return ScanGroup<6>(tile, queries, cursors.data());
    case 5:
      return ScanGroup<5>(tile, queries, cursors.data());
    case 4:
      return ScanGroup<4>(tile, queries, cursors.data());
    case 3:
      return ScanGroup<3>(tile, queries, cursors.data());
    case 2:
      return ScanGroup<2>(tile, queries, cursors.data());
    case 1:
      return ScanGroup<1>(tile, queries, cursors.data());
    default:
      return;
  }
}

}  // namespace
}  // namespace mongoose::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mongoose {

HWY_EXPORT(ScanTileImpl);

void ScanTile(const CellRows::Tile& tile, const Int8Queries& queries,
              std::span<NearCursor> cursors) {
  HWY_DYNAMIC_DISPATCH(ScanTileImpl)(tile, queries, cursors);
}

Int8Queries::Int8Queries(std::size_t stride, MatrixView<const float> queries)
    : stride_(stride) {
  steps_.reserve(queries.rows());
  words_.reserve(queries.rows() * stride / CellRows::kValuesPerWord);
  floats_.reserve(queries.rows() * stride);
  sums_.reserve(queries.rows());
  for (std::size_t q = 0; q < queries.rows(); ++q) Add(queries.row(q));
}

void Int8Queries::Add(std::span<const float> query) {
  assert(query.size() <= stride_);
  thread_local std::vector<std::int8_t> rounded;
  rounded.assign(stride_, 0);
  steps_.push_back(RoundToAmplitude(query, IntegerGemm::Amplitude(query.size()),
                                    rounded.data()));
  const std::size_t first = words_.size();
  words_.resize(first + stride_ / CellRows::kValuesPerWord);
  std::memcpy(&words_[first], rounded.data(), stride_);
  floats_.insert(floats_.end(), rounded.begin(), rounded.end());
  sums_.push_back(std::accumulate(rounded.begin(), rounded.end(), 0));
}

}  // namespace mongoose
#endif  // HWY_ONCE
