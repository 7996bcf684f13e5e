#include "core/query/score_kernels.h"

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/query/score_kernels.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mongoose::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using FloatTag = hn::CappedTag<float, 16>;
using BfloatTag = hn::Rebind<hwy::bfloat16_t, FloatTag>;

// Rows fetched ahead of the one being scored: hides a cache miss each.
constexpr std::size_t kAhead = 8;

auto LoadFloats(FloatTag d, const float* p) { return hn::LoadU(d, p); }
auto LoadFloats(FloatTag d, const Bfloat16* p) {
  const BfloatTag db;
  return hn::PromoteTo(
      d, hn::LoadU(db, reinterpret_cast<const hwy::bfloat16_t*>(p)));
}

template <typename T>
float Dot(const float* query, const T* row, std::size_t stride) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  auto even = hn::Zero(d), odd = hn::Zero(d);
  std::size_t i = 0;
  for (; i + 2 * lanes <= stride; i += 2 * lanes) {
    even = hn::MulAdd(hn::LoadU(d, query + i), LoadFloats(d, row + i), even);
    odd = hn::MulAdd(hn::LoadU(d, query + i + lanes),
                     LoadFloats(d, row + i + lanes), odd);
  }
  for (; i < stride; i += lanes) {
    even = hn::MulAdd(hn::LoadU(d, query + i), LoadFloats(d, row + i), even);
  }
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(even, odd)));
}

template <typename T>
void Prefetch(const T* row, std::size_t stride) {
  const char* bytes = reinterpret_cast<const char*>(row);
  for (std::size_t i = 0; i < stride * sizeof(T); i += 64) {
    __builtin_prefetch(bytes + i);
  }
}

template <typename RowOf>
void ScoreAll(RowOf row_of, std::span<const float> query,
              std::span<const RowId> ids, std::span<float> scores) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i + kAhead < ids.size()) {
      Prefetch(row_of(ids[i + kAhead]), query.size());
    }
    scores[i] = Dot(query.data(), row_of(ids[i]), query.size());
  }
}

void ScoreRowsImpl(const FrozenRows& rows, std::span<const float> query,
                   std::span<const RowId> ids, std::span<float> scores) {
  if (rows.layout().type == RowType::kFloat32) {
    ScoreAll([&rows](RowId id) { return rows.Float32Row(id); }, query, ids,
             scores);
  } else {
    ScoreAll([&rows](RowId id) { return rows.Bfloat16Row(id); }, query, ids,
             scores);
  }
}

void HammingDistancesImpl(const CodeMatrix& codes, const Code* query,
                          std::span<const RowId> ids,
                          std::span<std::uint16_t> distances) {
  constexpr std::size_t kCodesPerWord = sizeof(std::uint64_t) / sizeof(Code);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Code* row = codes.padded_row(ids[i]);
    if (i + kAhead < ids.size()) {
      Prefetch(codes.padded_row(ids[i + kAhead]), codes.stride());
    }
    int distance = 0;
    for (std::size_t c = 0; c < codes.stride(); c += kCodesPerWord) {
      std::uint64_t a = 0;
      std::uint64_t b = 0;
      std::memcpy(&a, row + c, sizeof(a));
      std::memcpy(&b, query + c, sizeof(b));
      distance += std::popcount(a ^ b);
    }
    distances[i] = static_cast<std::uint16_t>(distance);
  }
}

}  // namespace
}  // namespace mongoose::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mongoose {

HWY_EXPORT(ScoreRowsImpl);
HWY_EXPORT(HammingDistancesImpl);

void ScoreRows(const FrozenRows& rows, std::span<const float> query,
               std::span<const RowId> ids, std::span<float> scores) {
  assert(query.size() == rows.layout().stride());
  assert(scores.size() == ids.size());
  HWY_DYNAMIC_DISPATCH(ScoreRowsImpl)(rows, query, ids, scores);
}

void HammingDistances(const CodeMatrix& codes, const Code* query,
                      std::span<const RowId> ids,
                      std::span<std::uint16_t> distances) {
  assert(distances.size() == ids.size());
  HWY_DYNAMIC_DISPATCH(HammingDistancesImpl)(codes, query, ids, distances);
}

}  // namespace mongoose
#endif  // HWY_ONCE
