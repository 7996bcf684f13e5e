#include "core/query/sketch_scan.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "core/query/hamming_cut.h"

// Counts bits of whole vectors where the CPU can.
#ifndef HWY_WANT_AVX3_DL
#define HWY_WANT_AVX3_DL
#endif
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/query/sketch_scan.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mongoose::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
constexpr std::size_t kRows = Sketch::kRowsPerBlock;
using WordTag = hn::CappedTag<std::uint64_t, kRows>;

// Appends the rows of each block whose distance is below `limit`.
template <std::size_t kWords>
std::size_t ScanWords(const Sketch& sketch, BlockRange blocks,
                      const std::uint64_t* query, std::uint32_t limit,
                      NearRow* out) {
  const WordTag d;
  const auto bound = hn::Set(d, std::uint64_t{limit});
  std::size_t found = 0;
  for (std::size_t b = blocks.first; b < blocks.last; ++b) {
    const std::uint64_t* block = sketch.block(b);
    for (std::size_t i = 0; i < kRows; i += hn::Lanes(d)) {
      auto distance = hn::Zero(d);
      for (std::size_t w = 0; w < kWords; ++w) {
        const auto differing =
            hn::Xor(hn::Load(d, block + w * kRows + i), hn::Set(d, query[w]));
        distance = hn::Add(distance, hn::PopulationCount(differing));
      }
      const auto near = hn::Lt(distance, bound);
      if (hn::AllFalse(d, near)) continue;
      const auto rows = hn::Iota(d, static_cast<std::uint64_t>(b * kRows + i));
      const auto keys = hn::Or(hn::ShiftLeft<32>(distance), rows);
      // Compressed in a register, as in int8_kernels.cc.
      hn::StoreU(hn::Compress(keys, near), d,
                 reinterpret_cast<std::uint64_t*>(out + found));
      found += hn::CountTrue(d, near);
    }
  }
  return found;
}

std::size_t ScanBlocksImpl(const Sketch& sketch, BlockRange blocks,
                           const std::uint64_t* query, std::uint32_t limit,
                           NearRow* out) {
  switch (sketch.num_words()) {
    case 1:
      return ScanWords<1>(sketch, blocks, query, limit, out);
    case 2:
      return ScanWords<2>(sketch, blocks, query, limit, out);
    case 3:
      return ScanWords<3>(sketch, blocks, query, limit, out);
    case 4:
      return ScanWords<4>(sketch, blocks, query, limit, out);
    case 5:
      return ScanWords<5>(sketch, blocks, query, limit, out);
    case 6:
      return ScanWords<6>(sketch, blocks, query, limit, out);
    case 7:
      return ScanWords<7>(sketch, blocks, query, limit, out);
    default:
      return ScanWords<8>(sketch, blocks, query, limit, out);
  }
}

}  // namespace
}  // namespace mongoose::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mongoose {
namespace {

// Blocks read together: 32 KiB at 256 bits a row.
constexpr std::size_t kChunkBlocks = 64;
constexpr std::size_t kRowsPerBlock = Sketch::kRowsPerBlock;
constexpr std::size_t kChunkRows = kChunkBlocks * kRowsPerBlock;

}  // namespace

HWY_EXPORT(ScanBlocksImpl);

SketchScan::SketchScan(const Sketch& sketch,
                       std::span<const std::uint64_t> queries,
                       std::size_t count)
    : sketch_(sketch),
      queries_(queries),
      count_(std::min(count, sketch.num_rows())),
      // Trimmed when full: seldom enough to cost little.
      room_(2 * count_ + 2 * kChunkRows) {
  const std::size_t num_queries = queries.size() / sketch.num_words();
  near_.resize(num_queries * room_);
  found_.assign(num_queries, 0);
  limits_.resize(num_queries);
  for (std::size_t q = 0; q < num_queries; ++q) limits_[q] = GuessLimit(q);
  ScanAll(0, num_queries);
  for (std::size_t q = 0; q < num_queries; ++q) {
    if (found_[q] >= count_) continue;
    limits_[q] = NoLimit();  // the guess was too low
    found_[q] = 0;
    ScanAll(q, q + 1);
  }
}

void SketchScan::ScanAll(std::size_t first_query, std::size_t last_query) {
  for (std::size_t b = 0; b < sketch_.num_blocks(); b += kChunkBlocks) {
    const std::size_t last = std::min(b + kChunkBlocks, sketch_.num_blocks());
    for (std::size_t q = first_query; q < last_query; ++q) Scan({b, last}, q);
  }
  for (std::size_t q = first_query; q < last_query; ++q) Trim(q);
}

void SketchScan::Scan(BlockRange blocks, std::size_t query) {
  // Kernels may write up to a block beyond what they find.
  if (found_[query] + kChunkRows + kRowsPerBlock > room_) Trim(query);
  NearRow* const out = near_.data() + query * room_ + found_[query];
  std::size_t found = HWY_DYNAMIC_DISPATCH(ScanBlocksImpl)(
      sketch_, blocks, &queries_[query * sketch_.num_words()], limits_[query],
      out);
  // The last block may have room for more rows than there are.
  while (found > 0 && out[found - 1].row() >= sketch_.num_rows()) --found;
  found_[query] += found;
}

std::uint32_t SketchScan::GuessLimit(std::size_t query) {
  constexpr std::size_t kSampleBlocks = 128;
  const std::size_t step = sketch_.num_blocks() / kSampleBlocks;
  if (step < 2) return NoLimit();
  limits_[query] = NoLimit();
  for (std::size_t i = 0; i < kSampleBlocks; ++i) {
    Scan({i * step, i * step + 1}, query);
  }
  const auto sample = std::span(near_).subspan(query * room_, found_[query]);
  const std::size_t rank =
      8 + count_ * sample.size() * 3 / 2 / sketch_.num_rows();
  found_[query] = 0;
  if (rank >= sample.size()) return NoLimit();
  const auto nth = sample.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(
      sample.begin(), nth, sample.end(),
      [](const NearRow& a, const NearRow& b) { return a.key < b.key; });
  return nth->distance() + 1;
}

void SketchScan::Trim(std::size_t query) {
  if (found_[query] <= count_) return;
  const auto found = std::span(near_).subspan(query * room_, found_[query]);
  HammingCut cut(found.size(), count_, sketch_.num_words() * 64,
                 [&](std::size_t i) { return found[i].distance(); });
  std::size_t kept = 0;
  for (const NearRow& near : found) {
    if (cut.Keep(near.distance())) found[kept++] = near;
  }
  found_[query] = kept;
  limits_[query] = cut.limit();
}

}  // namespace mongoose
#endif  // HWY_ONCE
