#include "core/index/replica.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/error_reason.h"
#include "core/base/status_macros.h"
#include "core/schedule/row_moves.h"

namespace mongoose {
namespace {

// Rows read, measured and written at a time: stays in the L2 cache.
constexpr std::size_t kSliceRows = 256;

// The largest finite bfloat16: sums beyond saturate instead of overflowing.
constexpr float kMaxValue = 3.3895314e38F;

std::shared_ptr<RowBlock> NewBlock(const RowLayout& layout,
                                   std::uint64_t epoch) {
  auto block = std::make_shared<RowBlock>();
  const std::size_t values = RowLayout::kRowsPerBlock * layout.stride();
  if (layout.type == RowType::kFloat32) {
    block->fp32.resize(values, 0.0F);
  } else {
    block->bf16.resize(values, Bfloat16{0});
  }
  block->epoch = epoch;
  return block;
}

void ReadRow(const RowBlock& block, RowType type, std::size_t offset,
             std::span<float> out) {
  if (type == RowType::kFloat32) {
    std::copy_n(&block.fp32[offset], out.size(), out.begin());
  } else {
    const Bfloat16* const values = &block.bf16[offset];
    std::transform(values, values + out.size(), out.begin(), FromBfloat16);
  }
}

// Clamps `values` to what a row can hold, writes them, and reads them back as
// they were rounded.
void WriteRow(std::span<float> values, RowType type, std::size_t offset,
              RowBlock& block) {
  std::ranges::transform(values, values.begin(), [](float value) {
    return std::min(std::max(value, -kMaxValue), kMaxValue);
  });
  if (type == RowType::kFloat32) {
    std::ranges::copy(values, &block.fp32[offset]);
  } else {
    std::ranges::transform(values, &block.bf16[offset], ToBfloat16);
    ReadRow(block, type, offset, values);
  }
}

}  // namespace

Replica::Replica(const RowLayout& layout, StalenessModel model,
                 float row_threshold, float hash_threshold)
    : layout_(layout),
      projection_(layout.cols),
      drift_(layout.num_rows, model, row_threshold, hash_threshold),
      is_set_(layout.num_rows, false) {
  blocks_.reserve(layout.num_blocks());
  for (std::size_t i = 0; i < layout.num_blocks(); ++i) {
    blocks_.push_back(NewBlock(layout, epoch_));
  }
}

absl::StatusOr<UpdateResult> Replica::Apply(const UpdateChunk& chunk) {
  RETURN_IF_ERROR(ValidateUpdateChunk(chunk, layout_));
  UpdateResult result;
  MutexLock lock(mu_);
  RETURN_IF_ERROR(CheckSequence(chunk, result.replayed));
  if (!result.replayed) {
    if (chunk.kind == ChangeKind::kAddDeltas ||
        chunk.kind == ChangeKind::kDrift) {
      RETURN_IF_ERROR(CheckRowsSet(chunk));
    }
    if (chunk.kind == ChangeKind::kDrift) {
      ReportDrift(chunk, result);
    } else if (chunk.kind != ChangeKind::kNone) {
      WriteRows(chunk);
    }
    writers_.insert_or_assign(std::string(chunk.writer_id), chunk.sequence);
    ++counts_.applied_sequence;
    if (chunk.ends_step) ++counts_.steps;
  }
  result.applied_sequence = counts_.applied_sequence;
  result.staleness = drift_.Staleness();
  return result;
}

absl::Status Replica::CheckSequence(const UpdateChunk& chunk,
                                    bool& replayed) const {
  constexpr std::size_t kMaxWriters = 10000;
  const auto writer = writers_.find(chunk.writer_id);
  if (writer == writers_.end() && writers_.size() >= kMaxWriters) {
    return WithReason(
        absl::ResourceExhaustedError(
            absl::StrCat("an index accepts at most ", kMaxWriters, " writers")),
        "TOO_MANY_WRITERS");
  }
  const std::uint64_t last = writer == writers_.end() ? 0 : writer->second;
  if (chunk.sequence > last + 1) {
    return WithReason(
        absl::FailedPreconditionError(absl::StrCat(
            "sequence must be ", last + 1, " for writer \"",
            std::string(chunk.writer_id), "\", got ", chunk.sequence)),
        "VERSION_GAP");
  }
  replayed = chunk.sequence <= last;
  return absl::OkStatus();
}

absl::Status Replica::CheckRowsSet(const UpdateChunk& chunk) const {
  const auto unset = std::ranges::find_if_not(
      chunk.ids, [this](RowId row) { return is_set_[row]; });
  if (unset == chunk.ids.end()) return absl::OkStatus();
  return WithReason(
      absl::FailedPreconditionError(absl::StrCat(
          "row ", *unset, " must be set before deltas or drift name it")),
      "ROW_NOT_SET");
}

void Replica::WriteRows(const UpdateChunk& chunk) {
  for (const RowId row : chunk.ids) {
    if (is_set_[row]) continue;
    is_set_[row] = true;
    ++counts_.rows_set;
  }
  counts_.rows_updated += chunk.ids.size();
  frozen_.reset();
  // With what readers did before they counted themselves out.
  has_readers_ = num_frozen_->load(std::memory_order_acquire) > 0;
  for (std::size_t first = 0; first < chunk.ids.size(); first += kSliceRows) {
    const std::size_t count = std::min(kSliceRows, chunk.ids.size() - first);
    WriteSlice(chunk.ids.subspan(first, count), chunk.values.Rows(first, count),
               chunk.kind == ChangeKind::kAddDeltas);
  }
}

void Replica::WriteSlice(std::span<const RowId> ids,
                         MatrixView<const float> values, bool add) {
  const std::size_t cols = layout_.cols;
  before_.resize(ids.size() * cols);
  after_.assign(values.data().begin(), values.data().end());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    RowBlock& block = MutableBlock(ids[i]);
    const std::size_t offset =
        ids[i] % RowLayout::kRowsPerBlock * layout_.stride();
    const auto before = std::span(before_).subspan(i * cols, cols);
    const auto after = std::span(after_).subspan(i * cols, cols);
    ReadRow(block, layout_.type, offset, before);
    if (add) std::ranges::transform(before, after, after.begin(), std::plus{});
    WriteRow(after, layout_.type, offset, block);
  }
  std::vector<RowMove> moves(ids.size());
  MeasureMoves(ids, {before_, ids.size(), cols}, {after_, ids.size(), cols},
               mean_, moves);
  if (drift_.needs_displacements()) {
    displacements_.resize(ids.size() * kDisplacementDims);
    projection_.Project({before_, ids.size(), cols}, {after_, ids.size(), cols},
                        displacements_);
  }
  drift_.Observe(moves, displacements_);
}

void Replica::ReportDrift(const UpdateChunk& chunk, UpdateResult& result) {
  std::vector<ReportedMove> moves(chunk.ids.size());
  for (std::size_t i = 0; i < moves.size(); ++i) {
    moves[i] = {.row = chunk.ids[i], .distance = chunk.distances[i]};
  }
  drift_.ObserveReported(moves);
  result.rows_wanted = drift_.WantedRows(moves);
}

RowBlock& Replica::MutableBlock(RowId row) {
  auto& block = blocks_[row / RowLayout::kRowsPerBlock];
  if (has_readers_ && block->epoch < epoch_) {
    block = std::make_shared<RowBlock>(*block);
    block->epoch = epoch_;
  }
  return *block;
}

Replica::Frozen Replica::Freeze() {
  MutexLock lock(mu_);
  return FreezeLocked();
}

Replica::Frozen Replica::FreezeLocked() {
  if (frozen_ == nullptr) {
    ++epoch_;
    num_frozen_->fetch_add(1, std::memory_order_relaxed);  // under mu_
    frozen_ = std::shared_ptr<const FrozenRows>(
        new FrozenRows(layout_, {blocks_.begin(), blocks_.end()}),
        [num_frozen = num_frozen_](const FrozenRows* rows) {
          delete rows;
          // After all reads; pairs with the acquire in WriteRows.
          num_frozen->fetch_sub(1, std::memory_order_release);
        });
  }
  return {.rows = frozen_,
          .applied_sequence = counts_.applied_sequence,
          .staleness = drift_.Staleness()};
}

Replica::RehashWork Replica::TakeAllRows() {
  std::vector<RowId> ids(layout_.num_rows);
  std::iota(ids.begin(), ids.end(), RowId{0});
  MutexLock lock(mu_);
  RehashWork work{.frozen = FreezeLocked(),
                  .ids = std::move(ids),
                  .taken = {},
                  .steps = counts_.steps};
  work.taken = drift_.TakeAll();
  return work;
}

Replica::RehashWork Replica::TakeMovedRows(float threshold) {
  MutexLock lock(mu_);
  RehashWork work{.frozen = FreezeLocked(),
                  .ids = drift_.MovedRows(threshold),
                  .taken = {},
                  .steps = counts_.steps};
  work.taken = drift_.Take(work.ids);
  return work;
}

void Replica::GiveBack(const RehashWork& work) {
  MutexLock lock(mu_);
  drift_.GiveBack(work.taken);
}

void Replica::SetMean(std::vector<float> mean, std::vector<float> norms) {
  MutexLock lock(mu_);
  mean_ = std::move(mean);
  drift_.SetNorms(std::move(norms));
}

float Replica::PredictedStaleness(std::span<const RowId> rows) const {
  if (rows.empty()) return 0;
  MutexLock lock(mu_);
  double sum = 0;
  for (const RowId row : rows) sum += drift_.PredictedShare(row);
  return static_cast<float>(sum / static_cast<double>(rows.size()));
}

void Replica::SetCalibration(float ratio) {
  MutexLock lock(mu_);
  drift_.SetCalibration(ratio);
}

Replica::Counts Replica::counts() const {
  MutexLock lock(mu_);
  Counts counts = counts_;
  counts.dirty_rows = drift_.num_dirty_rows();
  counts.far_rows = drift_.num_far_rows();
  counts.staleness = drift_.Staleness();
  counts.calibration = drift_.calibration();
  return counts;
}

std::map<std::string, std::uint64_t> Replica::writer_sequences() const {
  MutexLock lock(mu_);
  return {writers_.begin(), writers_.end()};
}

std::size_t Replica::bytes() const {
  const std::size_t rows = layout_.num_blocks() * RowLayout::kRowsPerBlock;
  MutexLock lock(mu_);
  return rows * layout_.stride() * layout_.value_bytes() + drift_.bytes() +
         layout_.num_rows / 8;
}

}  // namespace mongoose
