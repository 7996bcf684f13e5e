#include "tests/eval/simhash_arm.h"

#include <algorithm>
#include <utility>

#include "core/base/row_mean.h"
#include "core/hash/code_matrix.h"
#include "core/hash/vector_hasher.h"
#include "core/learn/direction_trainer.h"
#include "tests/support/matrix.h"

namespace mongoose::eval {
namespace {

// Found of the `candidates` rows with most hits; ties by their share.
double CountFound(std::span<const std::uint8_t> hits,
                  std::span<const std::size_t> histogram,
                  std::span<const RowId> wanted, double candidates) {
  // Rows of more than `least` hits all fit, of those with `least` a part.
  std::size_t least = histogram.size() - 1;
  double room = candidates;
  while (least > 0 && static_cast<double>(histogram[least]) <= room) {
    room -= static_cast<double>(histogram[least--]);
  }
  const double part =
      least == 0 ? 0 : room / static_cast<double>(histogram[least]);
  double found = 0;
  for (const RowId row : wanted) {
    if (hits[row] > least) found += 1;
    if (hits[row] == least) found += part;
  }
  return found;
}

}  // namespace

SimHashArm::SimHashArm(const SimHashShape& shape, const FrozenRows& rows,
                       std::uint64_t seed)
    : rows_(rows) {
  Means means;
  if (shape.centre) means.rows = MeanOfRows(rows);
  projection_ = CreateProjection({.family = HashFamily::kDenseGaussian,
                                  .cols = rows.layout().cols,
                                  .bits_per_table = shape.bits,
                                  .num_tables = shape.tables,
                                  .seed = seed},
                                 std::move(means))
                    .value();
}

void SimHashArm::Learn(const QueryTruths& training, DirectionLoss loss) {
  DirectionTrainer trainer(*projection_, rows_, training, loss);
  while (!trainer.done()) trainer.RunPass();
  projection_ = ProjectionOf(projection_->spec(), projection_->means(),
                             trainer.directions());
}

std::vector<SimHashArm::Recalls> SimHashArm::Recall(
    MatrixView<const float> queries, std::span<const RowId> nearest,
    std::span<const double> candidates) const {
  const std::size_t tables = projection_->spec().num_tables;
  const std::size_t num_rows = rows_.layout().num_rows;
  CodeMatrix row_codes(num_rows, tables);
  HashRows(*projection_, rows_, test_support::AllIds(num_rows), 0, row_codes);
  CodeMatrix query_codes(queries.rows(), tables);
  HashQueries(*projection_, queries, query_codes, {});
  const std::size_t k = nearest.size() / queries.rows();
  std::vector<Recalls> recalls(candidates.size());
  std::vector<std::uint8_t> hits(num_rows);
  for (std::size_t q = 0; q < queries.rows(); ++q) {
    const auto code = query_codes.row(q);
    std::vector<std::size_t> histogram(tables + 1);
    for (std::size_t i = 0; i < hits.size(); ++i) {
      std::size_t count = 0;
      for (std::size_t t = 0; t < tables; ++t) {
        count += row_codes.row(i)[t] == code[t] ? 1 : 0;
      }
      hits[i] = static_cast<std::uint8_t>(count);
      ++histogram[count];
    }
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      const auto recall_at = [&](std::size_t count) {
        return CountFound(hits, histogram, nearest.subspan(q * k, count),
                          candidates[c]) /
               static_cast<double>(count * queries.rows());
      };
      recalls[c].at_10 += recall_at(10);
      recalls[c].at_k += recall_at(k);
    }
  }
  return recalls;
}

}  // namespace mongoose::eval
