#include "core/table/table_builder.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "core/base/aligned_vector.h"
#include "core/table/streamed_rows.h"

namespace mongoose {
namespace {

using CodeList = std::vector<Code, UninitializedAllocator<Code>>;

// A row that leaves bucket `from` for bucket `to`.
struct Move {
  RowId row;
  Code from;
  Code to;
};

// Writes the codes of rows [first, first + count) to columns[table * rows +
// row], a block of rows at a time.
void TransposeRows(const CodeMatrix& codes, std::size_t first,
                   std::size_t count, CodeList& columns) {
  constexpr std::size_t kBlock = 64;
  std::array<const Code*, kBlock> rows{};
  for (std::size_t done = 0; done < count; done += kBlock) {
    const std::size_t row = first + done;
    const std::size_t height = std::min(kBlock, count - done);
    for (std::size_t r = 0; r < height; ++r)
      rows[r] = codes.padded_row(row + r);
    for (std::size_t table = 0; table < codes.tables(); ++table) {
      Code* column = &columns[table * codes.rows() + row];
      for (std::size_t r = 0; r < height; ++r) column[r] = rows[r][table];
    }
  }
}

// The codes table by table, [tables, rows].
CodeList Transpose(const CodeMatrix& codes, WorkerPool& pool) {
  constexpr std::size_t kRowsPerPart = 8192;
  CodeList columns(codes.tables() * codes.rows());
  const std::size_t parts = (codes.rows() + kRowsPerPart - 1) / kRowsPerPart;
  pool.ParallelFor(parts, [&](std::size_t part) {
    const std::size_t first = part * kRowsPerPart;
    TransposeRows(codes, first, std::min(kRowsPerPart, codes.rows() - first),
                  columns);
  });
  return columns;
}

CodeList Column(const CodeMatrix& codes, std::size_t table) {
  CodeList column(codes.rows());
  for (std::size_t row = 0; row < column.size(); ++row) {
    column[row] = codes.padded_row(row)[table];
  }
  return column;
}

std::shared_ptr<const Table> BuildTable(std::span<const Code> column,
                                        std::size_t num_buckets) {
  std::vector<std::uint32_t> offsets(num_buckets + 1, 0);
  for (const Code code : column) ++offsets[code + 1U];
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  RowList ids(column.size());
  ScatterRows(column, offsets, ids);
  return std::make_shared<const Table>(std::move(offsets), std::move(ids));
}

std::vector<Move> FindMoves(const CodeMatrix& old_codes,
                            const CodeMatrix& new_codes, std::size_t table,
                            std::span<const RowId> rows) {
  std::vector<Move> moves;
  for (const RowId row : rows) {
    const Code from = old_codes.row(row)[table];
    const Code to = new_codes.row(row)[table];
    if (from != to) moves.push_back({row, from, to});
  }
  return moves;
}

// One row that enters or leaves a bucket.
struct Event {
  Code code;
  bool arrives;
  RowId row;

  friend bool operator<(const Event& a, const Event& b) {
    return a.code != b.code ? a.code < b.code : a.row < b.row;
  }
};

// Copies `old` around the rows that leave and arrive.
RowList PatchRows(const Table& old, std::span<const Move> moves) {
  std::vector<Event> events;
  events.reserve(2 * moves.size());
  for (const Move& move : moves) {
    events.push_back({.code = move.from, .arrives = false, .row = move.row});
    events.push_back({.code = move.to, .arrives = true, .row = move.row});
  }
  std::sort(events.begin(), events.end());
  RowList ids(old.ids().size());
  RowStream stream(ids);
  const RowId* copied = old.ids().data();  // rows before are done
  for (const Event& event : events) {
    const auto bucket = old.bucket(event.code);
    const RowId* place = std::max(copied, bucket.data());
    place = std::lower_bound(place, bucket.data() + bucket.size(), event.row);
    stream.Append({copied, place});
    copied = place;
    if (event.arrives) {
      stream.Append(event.row);
    } else {
      ++copied;
    }
  }
  stream.Append({copied, old.ids().data() + old.ids().size()});
  return ids;
}

std::shared_ptr<const Table> PatchTable(const Table& old,
                                        std::span<const Move> moves) {
  std::vector<std::int32_t> growth(old.offsets().size(), 0);
  for (const Move& move : moves) {
    ++growth[move.to + std::size_t{1}];
    --growth[move.from + std::size_t{1}];
  }
  std::vector<std::uint32_t> offsets(old.offsets().begin(),
                                     old.offsets().end());
  std::int32_t shift = 0;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    shift += growth[i];
    offsets[i] += static_cast<std::uint32_t>(shift);
  }
  return std::make_shared<const Table>(std::move(offsets),
                                       PatchRows(old, moves));
}

// Copying costs about a nanosecond an entry and a move about a hundred, a
// counting sort 6 to 8 an entry.
bool PatchIsCheaper(std::size_t moves, std::size_t rows) {
  return moves * 16 < rows;
}

}  // namespace

Tables BuildTables(const CodeMatrix& codes, std::size_t num_buckets,
                   WorkerPool& pool) {
  const CodeList columns = Transpose(codes, pool);
  std::vector<std::shared_ptr<const Table>> tables(codes.tables());
  pool.ParallelFor(tables.size(), [&](std::size_t table) {
    tables[table] = BuildTable(
        std::span(columns).subspan(table * codes.rows(), codes.rows()),
        num_buckets);
  });
  return Tables(std::move(tables));
}

Tables UpdateTables(const Tables& tables, const CodeMatrix& old_codes,
                    const CodeMatrix& new_codes, std::span<const RowId> rows,
                    WorkerPool& pool) {
  assert(std::ranges::is_sorted(rows));
  std::vector<std::shared_ptr<const Table>> updated(tables.size());
  pool.ParallelFor(tables.size(), [&](std::size_t table) {
    const std::vector<Move> moves =
        FindMoves(old_codes, new_codes, table, rows);
    if (moves.empty()) {
      updated[table] = tables.Share(table);
    } else if (PatchIsCheaper(moves.size(), new_codes.rows())) {
      updated[table] = PatchTable(tables[table], moves);
    } else {
      updated[table] =
          BuildTable(Column(new_codes, table), tables[table].num_buckets());
    }
  });
  return Tables(std::move(updated));
}

}  // namespace mongoose
