#include "client/temporary_index.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/clustered_vectors.h"

namespace mongoose::client {
namespace {

constexpr std::uint32_t kRowsPerCluster = 64;
constexpr std::uint64_t kRowStream = 0;
constexpr std::size_t kSliceRows = 4096;  // generated and sent at once
constexpr absl::Duration kWaitSlice = absl::Milliseconds(200);
constexpr char kWriterId[] = "mongoosectl-bench-rows";

absl::Status Interrupted() {
  return absl::CancelledError("interrupted while rows were loaded");
}

// Repeats `wait(slice)` while it answers DeadlineExceeded, up to `timeout`.
template <typename Wait>
absl::Status WaitInSlices(absl::Duration timeout,
                          const std::function<bool()>& keep_going, Wait wait) {
  const absl::Time deadline = absl::Now() + timeout;
  while (keep_going()) {
    absl::Status status = wait(kWaitSlice);
    if (!absl::IsDeadlineExceeded(status) || absl::Now() > deadline) {
      return status;
    }
  }
  return Interrupted();
}

}  // namespace

absl::StatusOr<std::unique_ptr<TemporaryIndex>> TemporaryIndex::Create(
    IndexClient& client, const v1::IndexSpec& spec) {
  auto created = client.CreateIndex(spec);
  if (!created.ok()) return created.status();
  if (!created->created()) {
    return absl::AlreadyExistsError(
        absl::StrCat("index \"", spec.name(),
                     "\" exists; a temporary one needs a free "
                     "name"));
  }
  return std::unique_ptr<TemporaryIndex>(
      new TemporaryIndex(client, std::move(*created->mutable_spec())));
}

TemporaryIndex::TemporaryIndex(IndexClient& client, v1::IndexSpec spec)
    : client_(client), spec_(std::move(spec)) {}

TemporaryIndex::~TemporaryIndex() {
  if (exists_) (void)Delete();
}

absl::Status TemporaryIndex::Delete() {
  exists_ = false;
  return client_.DeleteIndex(spec_.name());
}

std::uint32_t TemporaryIndex::num_clusters() const {
  return std::max(1U, spec_.num_rows() / kRowsPerCluster);
}

absl::Status TemporaryIndex::Load(std::uint64_t seed, absl::Duration timeout,
                                  const std::function<bool()>& keep_going) {
  const auto updates = client_.OpenUpdateStream(spec_.name(), kWriterId);
  absl::Status sent = SendRows(*updates, seed, keep_going);
  if (!sent.ok()) return sent;
  absl::Status acked = WaitInSlices(
      timeout, keep_going,
      [&](absl::Duration slice) { return updates->WaitAcked(slice); });
  if (!acked.ok()) return acked;
  return WaitInSlices(timeout, keep_going, [&](absl::Duration slice) {
    return client_.WaitForSnapshot(spec_.name(), slice);
  });
}

absl::Status TemporaryIndex::SendRows(
    UpdateStream& updates, std::uint64_t seed,
    const std::function<bool()>& keep_going) const {
  ClusteredVectors vectors(num_clusters(), spec_.dim(), seed, kRowStream);
  const std::size_t cols = spec_.dim() + (spec_.has_bias() ? 1U : 0U);
  std::vector<std::uint32_t> ids(spec_.num_rows());
  std::iota(ids.begin(), ids.end(), 0U);
  std::vector<float> values(std::min(kSliceRows, ids.size()) * cols);
  for (std::size_t first = 0; first < ids.size(); first += kSliceRows) {
    if (!keep_going()) return Interrupted();
    const std::size_t count = std::min(kSliceRows, ids.size() - first);
    for (std::size_t row = 0; row < count; ++row) {
      vectors.Draw(std::span(values).subspan(row * cols, spec_.dim()));
    }
    absl::Status sent = updates.SetRows(std::span(ids).subspan(first, count),
                                        std::span(values).first(count * cols));
    if (!sent.ok()) return sent;
  }
  return absl::OkStatus();
}

}  // namespace mongoose::client
