#include "core/table/cell_rows.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash/integer_gemm.h"
#include "tests/support/codes.h"
#include "tests/support/matrix.h"
#include "tests/support/partition.h"

namespace mongoose {
namespace {

using test_support::AllIds;
using test_support::GaussianMatrix;
using test_support::Matrix;
using test_support::ReadCell;
using test_support::StoredRow;

// The plainest way to keep rows in cells.
struct Model {
  std::vector<Code> cells;  // [rows]
  Matrix values;

  std::vector<RowId> RowsOfCell(std::size_t cell) const {
    std::vector<RowId> rows;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i] == cell) rows.push_back(static_cast<RowId>(i));
    }
    return rows;
  }
};

float LargestMagnitude(std::span<const float> x) {
  float largest = 0;
  for (const float v : x) largest = std::max(largest, std::abs(v));
  return largest;
}

double Norm(std::span<const float> x) {
  double square = 0;
  for (const float v : x) square += double{v} * double{v};
  return std::sqrt(square);
}

// Within half a step; the step is the least that covers the values.
void ExpectRounded(const StoredRow& stored, std::span<const float> values) {
  const int amplitude = IntegerGemm::Amplitude(values.size());
  ASSERT_EQ(stored.step,
            LargestMagnitude(values) / static_cast<float>(amplitude));
  for (std::size_t c = 0; c < stored.values.size(); ++c) {
    ASSERT_NEAR(stored.step * static_cast<float>(stored.values[c]),
                c < values.size() ? values[c] : 0.0F, 0.5001F * stored.step);
  }
}

void ExpectCellEquals(const CellRows& rows, const Model& model,
                      std::size_t cell) {
  const std::vector<RowId> expected = model.RowsOfCell(cell);
  ASSERT_EQ(rows.cell_size(cell), expected.size());
  std::vector<RowId> ids = rows.RowsOfCell(cell);
  std::ranges::sort(ids);
  ASSERT_EQ(ids, expected);
  for (const StoredRow& stored : ReadCell(rows, cell)) {
    ExpectRounded(stored, model.values.row(stored.id));
  }
}

// Places without a row, by their NaN steps, are only as many as a cell's first
// tile needs.
void ExpectFullTiles(const CellRows& rows, std::size_t cell) {
  std::size_t places = 0;
  std::size_t empty = 0;
  rows.ForEachTile(cell, [&](const CellRows::Tile& tile) {
    places += CellRows::kTileRows;
    empty += static_cast<std::size_t>(
        std::count_if(tile.steps, tile.steps + CellRows::kTileRows,
                      [](float step) { return std::isnan(step); }));
  });
  ASSERT_LT(empty, CellRows::kTileRows);
  ASSERT_EQ(places - empty, rows.cell_size(cell));
}

void ExpectEquals(const CellRows& rows, const Model& model) {
  ASSERT_EQ(rows.num_rows(), model.cells.size());
  for (std::size_t cell = 0; cell < rows.num_cells(); ++cell) {
    ASSERT_NO_FATAL_FAILURE(ExpectCellEquals(rows, model, cell)) << cell;
    ASSERT_NO_FATAL_FAILURE(ExpectFullTiles(rows, cell)) << cell;
  }
}

struct Shape {
  std::size_t rows, cols, bits;
  RowType type = RowType::kFloat32;
};

class CellRowsTest : public ::testing::TestWithParam<Shape> {
 protected:
  void Set(CellRows& rows, Model& model, RowId row, Code to) {
    for (float& value : model.values.row(row)) {
      value = static_cast<float>(3 * rng_.NextGaussian());
    }
    rows.Set(row, model.cells[row], to, model.values.row(row));
    model.cells[row] = to;
  }
  RowId RandomRow() {
    return rng_.NextBelow(static_cast<std::uint32_t>(GetParam().rows));
  }
  Code RandomCell() {
    return static_cast<Code>(
        rng_.NextBelow(static_cast<std::uint32_t>(num_cells_)));
  }
  void MoveAllTo(CellRows& rows, Model& model, Code cell) {
    for (const RowId row : AllIds(GetParam().rows)) Set(rows, model, row, cell);
  }
  // Every second change leaves the row in its cell; some go far away.
  void ChangeRandomly(CellRows& rows, Model& model, std::size_t changes) {
    for (std::size_t i = 0; i < changes; ++i) {
      const RowId row = RandomRow();
      Set(rows, model, row, i % 2 == 0 ? model.cells[row] : RandomCell());
    }
  }
  Model FirstModel() {
    Model model{.values = test_support::Thaw(*frozen_)};
    for (std::size_t i = 0; i < codes_.rows(); ++i) {
      model.cells.push_back(codes_.row(i)[0]);
    }
    return model;
  }

  const std::size_t num_cells_ = std::size_t{1} << GetParam().bits;
  CounterRng rng_{GetParam().rows, GetParam().cols};
  const CodeMatrix codes_ =
      test_support::RandomCodes(GetParam().rows, 1, GetParam().bits, rng_);
  const std::shared_ptr<const FrozenRows> frozen_ = test_support::FreezeMatrix(
      GaussianMatrix(GetParam().rows, GetParam().cols, 1), GetParam().type);
  CellRows rows_{codes_, num_cells_, *frozen_};
  Model model_ = FirstModel();
};

TEST_P(CellRowsTest, HoldsTheRowsOfEachCellRounded) {
  EXPECT_EQ(rows_.num_cells(), num_cells_);
  EXPECT_EQ(rows_.stride(), frozen_->layout().stride());
  ExpectEquals(rows_, model_);
}

TEST_P(CellRowsTest, FollowsRandomChanges) {
  for (std::size_t changes = 1; changes <= 512; changes *= 2) {
    ChangeRandomly(rows_, model_, changes);
    ASSERT_NO_FATAL_FAILURE(ExpectEquals(rows_, model_)) << changes;
  }
}

TEST_P(CellRowsTest, AllRowsMoveToOneCellAndBack) {
  const std::vector<Code> first = model_.cells;
  for (const Code cell : {RandomCell(), RandomCell()}) {
    MoveAllTo(rows_, model_, cell);
    ASSERT_NO_FATAL_FAILURE(ExpectEquals(rows_, model_)) << cell;
  }
  for (const RowId row : AllIds(first.size())) {
    Set(rows_, model_, row, first[row]);
  }
  ExpectEquals(rows_, model_);
}

TEST_P(CellRowsTest, ARowMayBecomeZero) {
  std::ranges::fill(model_.values.row(0), 0.0F);
  rows_.Set(0, model_.cells[0], model_.cells[0], model_.values.row(0));
  ExpectEquals(rows_, model_);
}

TEST_P(CellRowsTest, MeasuresHowFarARowHasMoved) {
  const RowId row = static_cast<RowId>(rows_.num_rows() - 1);
  std::vector<float> values(model_.values.row(row).begin(),
                            model_.values.row(row).end());
  EXPECT_EQ(rows_.DistanceTo(row, values), 0);
  for (float& v : values) v *= 1.25F;
  EXPECT_NEAR(rows_.DistanceTo(row, values), 0.2, 0.02);
  for (float& v : values) v = -v;
  EXPECT_EQ(rows_.DistanceTo(row, values), 1);
  std::ranges::fill(values, 0.0F);
  EXPECT_EQ(rows_.DistanceTo(row, values), 1);
  rows_.Set(row, model_.cells[row], model_.cells[row], values);
  EXPECT_EQ(rows_.DistanceTo(row, values), 0);
}

TEST_P(CellRowsTest, ACopyAndItsOriginalChangeApart) {
  const CellRows snapshot = rows_;
  const Model then = model_;
  CellRows other = rows_;
  Model other_model = model_;
  MoveAllTo(other, other_model, RandomCell());
  ChangeRandomly(rows_, model_, 300);
  ExpectEquals(snapshot, then);
  ExpectEquals(rows_, model_);
  ExpectEquals(other, other_model);
}

// As replacing snapshots does: each is a changed copy of the one before.
TEST_P(CellRowsTest, AChainOfChangedCopiesKeepsEachAsItWas) {
  std::vector<CellRows> copies = {rows_};
  std::vector<Model> models = {model_};
  for (int i = 0; i < 12; ++i) {
    copies.push_back(copies.back());
    models.push_back(models.back());
    ChangeRandomly(copies.back(), models.back(), 40);
    if (i % 3 == 2) {  // an old snapshot that nobody reads any more
      copies.erase(copies.begin());
      models.erase(models.begin());
    }
  }
  for (std::size_t i = 0; i < copies.size(); ++i) {
    ASSERT_NO_FATAL_FAILURE(ExpectEquals(copies[i], models[i])) << i;
  }
}

TEST_P(CellRowsTest, CountsItsBytes) {
  const std::size_t tiles = GetParam().rows / CellRows::kTileRows + num_cells_;
  EXPECT_GE(rows_.bytes(), tiles * CellRows::kTileRows * (rows_.stride() + 8));
}

constexpr auto kBf16 = RowType::kBfloat16;
INSTANTIATE_TEST_SUITE_P(
    Shapes, CellRowsTest,
    ::testing::Values(Shape{1, 1, 4}, Shape{15, 5, 4}, Shape{16, 16, 4},
                      Shape{17, 129, 4}, Shape{300, 5, 4}, Shape{300, 129, 6},
                      Shape{300, 16, 0}, Shape{1, 5, 4, kBf16},
                      Shape{16, 1, 4, kBf16}, Shape{17, 16, 5, kBf16},
                      Shape{300, 129, 4, kBf16}, Shape{40, 1050, 4, kBf16}));

TEST(CellRowsEdgesTest, NoRowsLeaveAllCellsEmpty) {
  const CellRows rows(CodeMatrix(0, 1), 16,
                      *test_support::FreezeMatrix(Matrix(0, 4)));
  EXPECT_EQ(rows.num_rows(), 0U);
  for (std::size_t cell = 0; cell < 16; ++cell) {
    EXPECT_EQ(rows.cell_size(cell), 0U);
    EXPECT_TRUE(rows.RowsOfCell(cell).empty());
  }
}

// Random moves, down to far below a step of the rounded values.
TEST(CellRowsDistanceTest, IsThatOfTheValuesWithoutTheirRounding) {
  constexpr std::size_t kRows = 64;
  for (const std::size_t cols : {128, 1100}) {  // of either amplitude
    const Matrix before = GaussianMatrix(kRows, cols, 1);
    const Matrix noise = GaussianMatrix(kRows, cols, 2);
    const CellRows rows(CodeMatrix(kRows, 1), 16,
                        *test_support::FreezeMatrix(before));
    for (const double share : {0.002, 0.005, 0.02, 0.2}) {
      double measured = 0;
      for (const RowId row : AllIds(kRows)) {
        const auto old = before.row(row);
        const double scale = share * Norm(old) / Norm(noise.row(row));
        std::vector<float> values(old.begin(), old.end());
        for (std::size_t c = 0; c < cols; ++c) {
          values[c] += static_cast<float>(scale * noise.row(row)[c]);
        }
        measured += rows.DistanceTo(row, values);
      }
      EXPECT_NEAR(measured / kRows / share, 1, 0.1) << cols << " " << share;
    }
  }
}

TEST(CellRowsTest, SortsRowsAsTheyStandInMemory) {
  const Matrix values = GaussianMatrix(100, 8, 3);
  CodeMatrix codes(100, 1);
  for (RowId row = 0; row < 100; ++row) {
    codes.mutable_row(row)[0] = static_cast<Code>(row % 7);
  }
  const CellRows cells(codes, 7, *test_support::FreezeMatrix(values));
  std::vector<RowId> sorted = AllIds(100);
  cells.SortByPlace(sorted);
  // Cells one after another, in some order.
  std::size_t changes = 0;
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    changes += codes.row(sorted[i])[0] != codes.row(sorted[i - 1])[0] ? 1 : 0;
  }
  EXPECT_EQ(changes, 6U);
  std::ranges::sort(sorted);
  EXPECT_EQ(sorted, AllIds(100));
}

}  // namespace
}  // namespace mongoose
