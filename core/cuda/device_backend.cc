#include "core/cuda/device_backend.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/hash/integer_gemm.h"
#include "core/hash/rounded_columns.h"
#include "core/hash/vector_hasher.h"

namespace mongoose {
namespace {

// A multiple of a block of rows; long enough to outweigh handing it over.
constexpr std::size_t kRowsPerPart = 1024;

// The columns that `projection` multiplies with: whole numbers already, or a
// partition's anchors.
RoundedColumns ColumnsOf(const Projection& projection) {
  const std::vector<float> directions = projection.Directions();
  const std::size_t cols = projection.spec().cols;
  return RoundToColumns(directions, cols, cols, directions.size() / cols);
}

DeviceFunctions FunctionsOf(const HashSpec& spec,
                            const RoundedColumns& columns) {
  return {.directions = columns.values,
          .weights = spec.is_partition()
                         ? std::span<const float>(columns.inverse_norms)
                         : std::span<const float>(),
          .cols = spec.cols,
          .columns = columns.steps.size(),
          .bits_per_table = spec.bits_per_table,
          .num_tables = spec.num_tables,
          .amplitude = IntegerGemm::Amplitude(spec.cols)};
}

std::string NameOf(const Device& device) { return std::string(device.name()); }

}  // namespace

template <typename Work>
absl::Status DeviceBackend::WithQueue(Work work) const {
  std::unique_ptr<DeviceQueue> queue;
  {
    MutexLock lock(mu_);
    if (!idle_.empty()) {
      queue = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (queue == nullptr) queue = device_->NewQueue();
  const DeviceError error = work(*queue);
  if (!error.empty()) {
    return absl::InternalError(absl::StrCat(NameOf(*device_), ": ", error));
  }
  MutexLock lock(mu_);
  idle_.push_back(std::move(queue));
  return absl::OkStatus();
}

absl::Status DeviceBackend::CheckSpec(const HashSpec& spec) const {
  const bool integer = spec.profile == NumericProfile::kInt8;
  if (integer && (spec.is_partition() || spec.is_simhash())) {
    return absl::OkStatus();
  }
  return absl::UnimplementedError(absl::StrCat(
      "hash.profile must be INT8, of PARTITION or a SimHash, where "
      "rows are hashed by backend ",
      NameOf(*device_)));
}

absl::Status DeviceBackend::HashRows(const Projection& projection,
                                     const FrozenRows& rows,
                                     std::span<const RowId> ids,
                                     CodeMatrix& codes) const {
  RETURN_IF_ERROR(CheckSpec(projection.spec()));
  if (ids.empty()) return absl::OkStatus();
  const RoundedColumns columns = ColumnsOf(projection);
  const std::size_t cols = projection.spec().cols;
  const std::size_t tables = projection.spec().num_tables;
  HashWork work{.count = ids.size()};
  work.read = [&](std::size_t first, std::size_t number, float* out) {
    const std::size_t parts = (number + kRowsPerPart - 1) / kRowsPerPart;
    workers_.ParallelFor(parts, [&](std::size_t part) {
      const std::size_t begin = part * kRowsPerPart;
      const std::size_t count = std::min(kRowsPerPart, number - begin);
      ReadCentredRows(projection, rows, ids.subspan(first + begin, count),
                      {out + begin * cols, count * cols});
    });
  };
  work.write = [&](std::size_t first, std::size_t number,
                   const std::uint16_t* from) {
    const CodeRows to = codes.From(first);
    for (std::size_t i = 0; i < number; ++i) {
      std::copy_n(from + i * tables, tables, to.data + i * to.stride);
    }
  };
  return WithQueue([&](DeviceQueue& queue) {
    return queue.Hash(FunctionsOf(projection.spec(), columns), work);
  });
}

absl::StatusOr<std::shared_ptr<const Tables>> DeviceBackend::BuildTables(
    const CodeMatrix& codes, std::size_t num_buckets) const {
  const std::size_t tables = codes.tables();
  std::vector<std::shared_ptr<const TableSegment>> segments;
  std::vector<Code> of_segment;
  std::vector<std::uint32_t> offsets(tables * (num_buckets + 1));
  for (std::size_t s = 0; s < NumSegments(codes.rows()); ++s) {
    const auto [first, size] = SegmentRows(codes.rows(), s);
    of_segment.clear();
    for (std::size_t row = 0; row < size; ++row) {
      const auto own = codes.row(first + row);
      of_segment.insert(of_segment.end(), own.begin(), own.end());
    }
    TableSegment::Rows rows(tables * size);
    RETURN_IF_ERROR(WithQueue([&](DeviceQueue& queue) {
      return queue.Sort({.codes = of_segment,
                         .rows = size,
                         .tables = tables,
                         .num_buckets = num_buckets,
                         .offsets = offsets,
                         .rows_by_code = rows});
    }));
    for (std::size_t t = 0; t < tables; ++t) {
      const auto* const starts = &offsets[t * (num_buckets + 1)];
      const LocalRow* const own = &rows[t * size];
      segments.push_back(std::make_shared<const TableSegment>(
          std::vector(starts, starts + num_buckets + 1),
          TableSegment::Rows(own, own + size)));
    }
  }
  return std::make_shared<const Tables>(tables, std::move(segments));
}

}  // namespace mongoose
