#include "core/table/table_builder.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

namespace mongoose {
namespace {

// Tables built together read the same cache lines of the code matrix.
constexpr std::size_t kTablesPerPass = 16;

// A row that leaves bucket `from` for bucket `to`.
struct Move {
  RowId row;
  Code from;
  Code to;
};

// Copies the codes of tables [first, first + count) table by table.
std::vector<Code> Transpose(const CodeMatrix& codes, std::size_t first,
                            std::size_t count) {
  std::vector<Code> columns(count * codes.rows());
  for (std::size_t row = 0; row < codes.rows(); ++row) {
    const Code* source = codes.data() + row * codes.stride() + first;
    for (std::size_t i = 0; i < count; ++i) {
      columns[i * codes.rows() + row] = source[i];
    }
  }
  return columns;
}

std::shared_ptr<const Table> BuildTable(std::span<const Code> column,
                                        std::size_t num_buckets) {
  std::vector<std::uint32_t> offsets(num_buckets + 1, 0);
  for (const Code code : column) ++offsets[code + 1U];
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  std::vector<std::uint32_t> next(offsets.begin(), offsets.end() - 1);
  std::vector<RowId> ids(column.size());
  for (std::size_t row = 0; row < column.size(); ++row) {
    ids[next[column[row]]++] = static_cast<RowId>(row);
  }
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

// Copies runs of untouched buckets whole and merges the touched ones.
class TablePatcher {
 public:
  TablePatcher(const Table& old, std::vector<Move> moves)
      : old_(old), leaving_(moves), arriving_(std::move(moves)) {
    std::ranges::sort(leaving_, {},
                      [](const Move& m) { return std::pair(m.from, m.row); });
    std::ranges::sort(arriving_, {},
                      [](const Move& m) { return std::pair(m.to, m.row); });
  }

  std::shared_ptr<const Table> Patch() {
    std::vector<std::uint32_t> offsets(old_.offsets().begin(),
                                       old_.offsets().end());
    ids_.reserve(old_.ids().size());
    std::size_t copied = 0;  // buckets below are done
    while (leave_ < leaving_.size() || arrive_ < arriving_.size()) {
      const Code code = NextTouched();
      CopyBuckets(copied, code);
      MergeBucket(code);
      copied = code + std::size_t{1};
    }
    CopyBuckets(copied, old_.num_buckets());
    ShiftOffsets(offsets);
    return std::make_shared<const Table>(std::move(offsets), std::move(ids_));
  }

 private:
  Code NextTouched() const {
    if (leave_ == leaving_.size()) return arriving_[arrive_].to;
    if (arrive_ == arriving_.size()) return leaving_[leave_].from;
    return std::min(arriving_[arrive_].to, leaving_[leave_].from);
  }

  void CopyBuckets(std::size_t first, std::size_t last) {
    const auto begin = old_.ids().begin();
    ids_.insert(ids_.end(), begin + old_.offsets()[first],
                begin + old_.offsets()[last]);
  }

  void MergeBucket(Code code) {
    const auto arrives = [&] {
      return arrive_ < arriving_.size() && arriving_[arrive_].to == code;
    };
    for (const RowId id : old_.bucket(code)) {
      while (arrives() && arriving_[arrive_].row < id) {
        ids_.push_back(arriving_[arrive_++].row);
      }
      if (leave_ < leaving_.size() && leaving_[leave_].row == id &&
          leaving_[leave_].from == code) {
        ++leave_;
      } else {
        ids_.push_back(id);
      }
    }
    while (arrives()) ids_.push_back(arriving_[arrive_++].row);
  }

  void ShiftOffsets(std::vector<std::uint32_t>& offsets) const {
    std::vector<std::int32_t> growth(offsets.size(), 0);
    for (const Move& move : arriving_) {
      ++growth[move.to + std::size_t{1}];
      --growth[move.from + std::size_t{1}];
    }
    std::int32_t shift = 0;
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      shift += growth[i];
      offsets[i] += static_cast<std::uint32_t>(shift);
    }
  }

  const Table& old_;
  std::vector<Move> leaving_;   // by (from, row)
  std::vector<Move> arriving_;  // by (to, row)
  std::size_t leave_ = 0;
  std::size_t arrive_ = 0;
  std::vector<RowId> ids_;
};

// Copying costs about a nanosecond an entry and a move about a hundred, a
// counting sort 6 to 8 an entry.
bool PatchIsCheaper(std::size_t moves, std::size_t rows) {
  return moves * 16 < rows;
}

}  // namespace

Tables BuildTables(const CodeMatrix& codes, std::size_t num_buckets,
                   WorkerPool& pool) {
  std::vector<std::shared_ptr<const Table>> tables(codes.tables());
  const std::size_t passes =
      (codes.tables() + kTablesPerPass - 1) / kTablesPerPass;
  pool.ParallelFor(passes, [&](std::size_t pass) {
    const std::size_t first = pass * kTablesPerPass;
    const std::size_t count = std::min(kTablesPerPass, codes.tables() - first);
    const std::vector<Code> columns = Transpose(codes, first, count);
    for (std::size_t i = 0; i < count; ++i) {
      tables[first + i] =
          BuildTable(std::span(columns).subspan(i * codes.rows(), codes.rows()),
                     num_buckets);
    }
  });
  return Tables(std::move(tables));
}

Tables UpdateTables(const Tables& tables, const CodeMatrix& old_codes,
                    const CodeMatrix& new_codes, std::span<const RowId> rows,
                    WorkerPool& pool) {
  assert(std::ranges::is_sorted(rows));
  std::vector<std::shared_ptr<const Table>> updated(tables.size());
  pool.ParallelFor(tables.size(), [&](std::size_t table) {
    std::vector<Move> moves = FindMoves(old_codes, new_codes, table, rows);
    if (moves.empty()) {
      updated[table] = tables.Share(table);
    } else if (PatchIsCheaper(moves.size(), new_codes.rows())) {
      updated[table] = TablePatcher(tables[table], std::move(moves)).Patch();
    } else {
      const std::vector<Code> column = Transpose(new_codes, table, 1);
      updated[table] = BuildTable(column, tables[table].num_buckets());
    }
  });
  return Tables(std::move(updated));
}

}  // namespace mongoose
