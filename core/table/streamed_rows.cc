#include "core/table/streamed_rows.h"

#include <hwy/cache_control.h>

#include "core/base/aligned_vector.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/table/streamed_rows.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mongoose::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using RowTag = hn::CappedTag<RowId, kRowsPerLine>;

void StreamLine(const RowId* from, RowId* to) {
  const RowTag d;
  for (std::size_t i = 0; i < kRowsPerLine; i += hn::Lanes(d)) {
    hn::Stream(hn::Load(d, from + i), d, to + i);
  }
}

void StreamLinesImpl(const RowId* from, std::size_t count, RowId* to) {
  for (std::size_t i = 0; i < count; i += kRowsPerLine) {
    StreamLine(from + i, to + i);
  }
  hwy::FlushStream();
}

// Line c of `lines` holds the rows of bucket c that wait to be written: row p
// of the table stands at place p % 16.
void ScatterRowsImpl(std::span<const Code> column,
                     std::span<const std::uint32_t> offsets,
                     std::span<RowId> ids) {
  thread_local AlignedVector<RowId> lines;
  thread_local std::vector<std::uint32_t> next;
  next.assign(offsets.begin(), offsets.end() - 1);
  lines.resize(next.size() * kRowsPerLine);
  const auto copy_from = [&](std::size_t code, std::size_t line,
                             std::size_t end) {
    // A bucket may begin within a line that it shares with the one before.
    const std::size_t first = std::max<std::size_t>(line, offsets[code]);
    for (std::size_t p = first; p < end; ++p) {
      ids[p] = lines[code * kRowsPerLine + p % kRowsPerLine];
    }
  };
  RowId* const waiting = lines.data();
  std::uint32_t* const places = next.data();
  for (std::size_t row = 0; row < column.size(); ++row) {
    const std::size_t code = column[row];
    const std::size_t place = places[code]++;
    waiting[code * kRowsPerLine + place % kRowsPerLine] =
        static_cast<RowId>(row);
    if (place % kRowsPerLine != kRowsPerLine - 1) continue;
    const std::size_t line = place - (kRowsPerLine - 1);
    if (line >= offsets[code]) {
      StreamLine(waiting + code * kRowsPerLine, &ids[line]);
    } else {
      copy_from(code, line, place + 1);
    }
  }
  for (std::size_t code = 0; code < next.size(); ++code) {
    copy_from(code, next[code] / kRowsPerLine * kRowsPerLine, next[code]);
  }
  hwy::FlushStream();
}

}  // namespace
}  // namespace mongoose::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mongoose {

HWY_EXPORT(StreamLinesImpl);
HWY_EXPORT(ScatterRowsImpl);

void StreamLines(const RowId* from, std::size_t count, RowId* to) {
  HWY_DYNAMIC_DISPATCH(StreamLinesImpl)(from, count, to);
}

void ScatterRows(std::span<const Code> column,
                 std::span<const std::uint32_t> offsets, std::span<RowId> ids) {
  HWY_DYNAMIC_DISPATCH(ScatterRowsImpl)(column, offsets, ids);
}

void RowStream::Flush() {
  const std::size_t whole = num_staged_ / kRowsPerLine * kRowsPerLine;
  RowId* const to = out_.data() + num_written_;
  StreamLines(staged_.data(), whole, to);
  std::copy_n(&staged_[whole], num_staged_ - whole, to + whole);
  num_written_ += num_staged_;
  num_staged_ = 0;
}

}  // namespace mongoose
#endif  // HWY_ONCE
