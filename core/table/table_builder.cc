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

using CodeList = UninitializedVector<Code>;
using SegmentList = std::vector<std::shared_ptr<const TableSegment>>;

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

// Tables [first, first + count) over one segment.
struct Part {
  std::size_t segment;
  std::size_t first;
  std::size_t count;
};

// Many, so that each line of codes is read for many tables, but so few that
// there are several parts for each thread.
std::size_t TablesPerPart(const CodeMatrix& codes, const WorkerPool& pool) {
  constexpr std::size_t kMost = 16;
  constexpr std::size_t kPartsPerThread = 4;
  const std::size_t parts =
      kPartsPerThread * (static_cast<std::size_t>(pool.num_threads()) + 1);
  return std::clamp(NumSegments(codes.rows()) * codes.tables() / parts,
                    std::size_t{1}, kMost);
}

// Fills `segments` [num_segments, tables] by visit(part, its place in
// `segments`).
template <typename Visit>
Tables VisitParts(const CodeMatrix& codes, WorkerPool& pool, Visit visit) {
  const std::size_t tables = codes.tables();
  const std::size_t per_part = TablesPerPart(codes, pool);
  const std::size_t parts = (tables + per_part - 1) / per_part;
  SegmentList segments(NumSegments(codes.rows()) * tables);
  pool.ParallelFor(NumSegments(codes.rows()) * parts, [&](std::size_t i) {
    const std::size_t first = i % parts * per_part;
    const Part part{.segment = i / parts,
                    .first = first,
                    .count = std::min(per_part, tables - first)};
    visit(part, std::span(segments).subspan(part.segment * tables + first,
                                            part.count));
  });
  return {tables, std::move(segments)};
}

}  // namespace

Tables BuildTables(const CodeMatrix& codes, std::size_t num_buckets,
                   WorkerPool& pool) {
  return VisitParts(codes, pool, [&](const Part& part, auto segments) {
    const RowRange range = SegmentRows(codes.rows(), part.segment);
    const CodeList columns = Transpose(codes, range, part.first, part.count);
    for (std::size_t t = 0; t < part.count; ++t) {
      segments[t] =
          BuildSegment(std::span(columns).subspan(t * range.count, range.count),
                       num_buckets);
    }
  });
}

Tables UpdateTables(const Tables& tables, const CodeMatrix& old_codes,
                    const CodeMatrix& new_codes, std::span<const RowId> rows,
                    WorkerPool& pool) {
  assert(std::ranges::is_sorted(rows));
  return VisitParts(new_codes, pool, [&](const Part& part, auto segments) {
    const RowRange range = SegmentRows(new_codes.rows(), part.segment);
    const auto changed = RowsWithin(rows, range);
    CodeList columns;  // of all tables of the part, once one is built
    for (std::size_t t = 0; t < part.count; ++t) {
      const std::size_t table = part.first + t;
      const TableSegment& old = tables.at(part.segment, table);
      const std::vector<Move> moves =
          FindMoves(old_codes, new_codes, table, changed);
      if (moves.empty()) {
        segments[t] = tables.Share(part.segment, table);
      } else if (PatchIsCheaper(moves.size(), range.count, old.num_buckets())) {
        segments[t] = PatchSegment(old, moves);
      } else {
        if (columns.empty()) {
          columns = Transpose(new_codes, range, part.first, part.count);
        }
        segments[t] = BuildSegment(
            std::span(columns).subspan(t * range.count, range.count),
            old.num_buckets());
      }
    }
  });
}

}  // namespace mongoose
