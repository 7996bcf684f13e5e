#include "core/table/table_builder.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/aligned_vector.h"
#include "core/table/segment_builder.h"

namespace mongoose {
namespace {

using CodeList = std::vector<Code, UninitializedAllocator<Code>>;
using SegmentList = std::vector<std::shared_ptr<const TableSegment>>;

// Rows of one segment, [first, first + count).
struct RowRange {
  std::size_t first;
  std::size_t count;
};
RowRange SegmentRows(const CodeMatrix& codes, std::size_t segment) {
  const std::size_t first = segment * kSegmentRows;
  return {first, std::min(kSegmentRows, codes.rows() - first)};
}

// The codes of tables [first, first + count) of a range of rows, [count,
// range.count], a block of rows at a time.
CodeList Transpose(const CodeMatrix& codes, RowRange range, std::size_t first,
                   std::size_t count) {
  constexpr std::size_t kBlock = 64;
  CodeList columns(count * range.count);
  std::array<const Code*, kBlock> rows{};
  for (std::size_t done = 0; done < range.count; done += kBlock) {
    const std::size_t height = std::min(kBlock, range.count - done);
    for (std::size_t r = 0; r < height; ++r) {
      rows[r] = codes.padded_row(range.first + done + r) + first;
    }
    for (std::size_t table = 0; table < count; ++table) {
      Code* column = &columns[table * range.count + done];
      for (std::size_t r = 0; r < height; ++r) column[r] = rows[r][table];
    }
  }
  return columns;
}

// What moves in one table, of `rows` within one segment.
std::vector<Move> FindMoves(const CodeMatrix& old_codes,
                            const CodeMatrix& new_codes, std::size_t table,
                            std::span<const RowId> rows) {
  std::vector<Move> moves;
  for (const RowId row : rows) {
    const Code from = old_codes.padded_row(row)[table];
    const Code to = new_codes.padded_row(row)[table];
    if (from == to) continue;
    moves.push_back({.row = static_cast<LocalRow>(row % kSegmentRows),
                     .from = from,
                     .to = to});
  }
  return moves;
}

std::span<const RowId> RowsWithin(std::span<const RowId> rows, RowRange range) {
  const auto first = std::ranges::lower_bound(rows, range.first);
  const auto last = std::ranges::lower_bound(rows, range.first + range.count);
  return {first, last};
}

}  // namespace

Tables BuildTables(const CodeMatrix& codes, std::size_t num_buckets,
                   WorkerPool& pool) {
  // A segment of all tables is a few MiB of codes: more parts than threads.
  constexpr std::size_t kTablesPerPart = 16;
  const std::size_t tables = codes.tables();
  const std::size_t parts = (tables + kTablesPerPart - 1) / kTablesPerPart;
  SegmentList segments(NumSegments(codes.rows()) * tables);
  pool.ParallelFor(NumSegments(codes.rows()) * parts, [&](std::size_t i) {
    const std::size_t segment = i / parts;
    const std::size_t first = i % parts * kTablesPerPart;
    const std::size_t count = std::min(kTablesPerPart, tables - first);
    const RowRange range = SegmentRows(codes, segment);
    const CodeList columns = Transpose(codes, range, first, count);
    for (std::size_t table = 0; table < count; ++table) {
      segments[segment * tables + first + table] = BuildSegment(
          std::span(columns).subspan(table * range.count, range.count),
          num_buckets);
    }
  });
  return {tables, std::move(segments)};
}

Tables UpdateTables(const Tables& tables, const CodeMatrix& old_codes,
                    const CodeMatrix& new_codes, std::span<const RowId> rows,
                    WorkerPool& pool) {
  assert(std::ranges::is_sorted(rows));
  SegmentList segments(tables.num_segments() * tables.size());
  pool.ParallelFor(segments.size(), [&](std::size_t i) {
    const std::size_t segment = i / tables.size();
    const std::size_t table = i % tables.size();
    const RowRange range = SegmentRows(new_codes, segment);
    const TableSegment& old = tables.at(segment, table);
    const std::vector<Move> moves =
        FindMoves(old_codes, new_codes, table, RowsWithin(rows, range));
    if (moves.empty()) {
      segments[i] = tables.Share(segment, table);
    } else if (PatchIsCheaper(moves.size(), range.count, old.num_buckets())) {
      segments[i] = PatchSegment(old, moves);
    } else {
      segments[i] = BuildSegment(Transpose(new_codes, range, table, 1),
                                 old.num_buckets());
    }
  });
  return {tables.size(), std::move(segments)};
}

}  // namespace mongoose
