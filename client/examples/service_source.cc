#include "client/examples/service_source.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/examples/row_set.h"
#include "client/update_stream.h"
#include "client/wire_bytes.h"
#include "core/base/status_macros.h"

namespace mongoose::examples {
namespace {

constexpr absl::Duration kLoadTimeout = absl::Minutes(10);
constexpr absl::Duration kAckTimeout = absl::Minutes(1);

IdLists FirstLists(const IdLists& lists, std::size_t count) {
  const auto offsets = std::span(lists.offsets).first(count + 1);
  const auto ids = std::span(lists.ids).first(offsets.back());
  return {.offsets = {offsets.begin(), offsets.end()},
          .ids = {ids.begin(), ids.end()}};
}

class ServiceSource : public ActiveSetSource {
 public:
  ServiceSource(client::IndexClient& client, const ServiceOptions& options)
      : client_(client), options_(options), rows_(options.spec.num_rows()) {}

  absl::Status Start(const DenseMatrix& weights) override {
    RETURN_IF_ERROR(Prepare());
    updates_ = client_.OpenUpdateStream(name(), options_.writer_id,
                                        {.dtype = options_.wire_dtype});
    if (options_.start != IndexStart::kJoin) {
      RETURN_IF_ERROR(Load(weights));
    }
    RETURN_IF_ERROR(client_.WaitForSnapshot(name(), kLoadTimeout));
    loaded_bytes_ = updates_->bytes_sent();
    return absl::OkStatus();
  }

  absl::StatusOr<ActiveRows> Select(const DenseMatrix& hidden,
                                    const IdLists& labels) override {
    const IdLists asked = FirstLists(labels, NumQueried(labels.count()));
    ASSIGN_OR_RETURN(const v1::QueryNeuronsRequest request,
                     MakeQuery(hidden, asked));
    ASSIGN_OR_RETURN(const v1::QueryNeuronsResponse response,
                     client_.QueryNeurons(request));
    query_bytes_ += request.ByteSizeLong() + response.ByteSizeLong();
    ASSIGN_OR_RETURN(ActiveRows active, CheckAnswer(response, asked));
    if (asked.count() < labels.count()) AddUnqueried(labels, active);
    return active;
  }

  absl::Status Publish(std::span<const std::uint32_t> ids,
                       std::span<const float> values) override {
    return updates_->SetRows(ids, values);
  }

  absl::StatusOr<IndexUse> Finish() override {
    RETURN_IF_ERROR(updates_->WaitAcked(kAckTimeout));
    ASSIGN_OR_RETURN(const v1::GetIndexStatusResponse status,
                     client_.GetIndexStatus(name()));
    return IndexUse{
        .rebuilds = status.rebuilds(),
        .partial_rehashes = status.partial_rehashes(),
        .memory_bytes = status.memory_bytes(),
        .wire_bytes = query_bytes_ + updates_->bytes_sent() - loaded_bytes_};
  }

 private:
  const std::string& name() const { return options_.spec.name(); }

  absl::Status Prepare() {
    switch (options_.start) {
      case IndexStart::kCreate:
        return Recreate();
      case IndexStart::kEnsure:
        return client_.CreateIndex(options_.spec).status();
      case IndexStart::kJoin:
      case IndexStart::kRejoin:
        return CheckShape();
    }
    return absl::InternalError("unknown start");
  }

  absl::Status Recreate() {
    absl::Status deleted = client_.DeleteIndex(name());
    if (!deleted.ok() && !absl::IsNotFound(deleted)) {
      return deleted;
    }
    return client_.CreateIndex(options_.spec).status();
  }

  // An index made by another worker must fit this model.
  absl::Status CheckShape() {
    ASSIGN_OR_RETURN(const v1::IndexSpec spec, client_.GetIndex(name()));
    if (spec.num_rows() != options_.spec.num_rows() ||
        spec.dim() != options_.spec.dim() || !spec.has_bias()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "index ", name(), " must have ", options_.spec.num_rows(),
          " rows of ", options_.spec.dim(), " values and a bias, got ",
          spec.num_rows(), " of ", spec.dim()));
    }
    return absl::OkStatus();
  }

  // All rows as one training step.
  absl::Status Load(const DenseMatrix& weights) {
    std::vector<std::uint32_t> ids(weights.rows());
    std::iota(ids.begin(), ids.end(), 0U);
    RETURN_IF_ERROR(updates_->SetRows(ids, weights.values()));
    return updates_->WaitAcked(kLoadTimeout);
  }

  // Of a batch, whose order is random.
  std::size_t NumQueried(std::size_t batch) const {
    return static_cast<std::size_t>(
        std::ceil(options_.queried_share * static_cast<double>(batch)));
  }

  // Asks for the first `labels.count()` samples.
  absl::StatusOr<v1::QueryNeuronsRequest> MakeQuery(const DenseMatrix& hidden,
                                                    const IdLists& labels) {
    v1::QueryNeuronsRequest request;
    request.set_index(name());
    *request.mutable_queries() = client::ToMatrix(
        hidden.values().first(labels.count() * hidden.cols()),
        static_cast<std::uint32_t>(labels.count()), options_.wire_dtype);
    request.set_label_offsets(
        client::ToBytes(std::span<const std::uint32_t>(labels.offsets)));
    request.set_label_ids(
        client::ToBytes(std::span<const std::uint32_t>(labels.ids)));
    request.set_layout(v1::ANSWER_LAYOUT_UNION);
    request.set_want_id_deltas(true);
    request.set_want_positions(options_.wants_own_rows);
    *request.mutable_plan() = options_.spec.default_plan();
    request.mutable_plan()->set_tail_seed(num_queries_++);
    if (options_.read_your_writes) {
      RETURN_IF_ERROR(updates_->WaitAcked(kAckTimeout));
      request.set_min_sequence(updates_->last_state().applied_sequence());
    }
    return request;
  }

  // The step relies on distinct ids and on every label being among them.
  absl::StatusOr<ActiveRows> CheckAnswer(
      const v1::QueryNeuronsResponse& response, const IdLists& labels) {
    ActiveRows active;
    const auto ids = client::AnswerIds(response);
    bool valid = std::ranges::all_of(ids, [&](std::uint32_t row) {
      return row < options_.spec.num_rows() && rows_.Insert(row);
    });
    const std::size_t num_rows = rows_.size();
    rows_.InsertAll(labels.ids);
    valid = valid && rows_.size() == num_rows;
    active.ids = rows_.Take();
    if (options_.weighted) {
      active.log_weights = client::FromBytes<float>(response.log_weights());
    }
    const std::size_t num_weights = active.log_weights.size();
    valid = valid && (!options_.wants_own_rows ||
                      ReadOwnRows(response, labels.count(), active));
    if (!valid || active.ids.empty() ||
        (num_weights != 0 && num_weights != active.ids.size())) {
      return absl::InternalError(absl::StrCat(
          "the answer for index ", name(),
          " must have distinct row ids, all labels, a weight per id and "
          "positions of ids, got ",
          ids.size(), " ids, ", num_weights, " weights and ",
          response.positions().size() / sizeof(std::uint32_t), " positions"));
    }
    return active;
  }

  // The labels of all samples, and no other rows of those not asked for.
  void AddUnqueried(const IdLists& labels, ActiveRows& active) {
    rows_.InsertAll(active.ids);
    rows_.InsertAll(labels.ids);
    active.ids = rows_.Take();
    if (!active.log_weights.empty()) {
      active.log_weights.resize(active.ids.size(), 0.0F);
    }
    if (options_.wants_own_rows) {
      active.own.offsets.resize(labels.count() + 1, active.own.offsets.back());
    }
  }

  // False when the positions are not those of `num_samples` lists of ids.
  static bool ReadOwnRows(const v1::QueryNeuronsResponse& response,
                          std::size_t num_samples, ActiveRows& active) {
    active.own.offsets = client::FromBytes<std::uint32_t>(response.offsets());
    active.own.ids = client::FromBytes<std::uint32_t>(response.positions());
    const auto& offsets = active.own.offsets;
    const bool valid =
        offsets.size() == num_samples + 1 && offsets.front() == 0 &&
        std::ranges::is_sorted(offsets) &&
        offsets.back() == active.own.ids.size() &&
        std::ranges::all_of(active.own.ids, [&](std::uint32_t place) {
          return place < active.ids.size();
        });
    if (valid) {
      std::ranges::transform(
          active.own.ids, active.own.ids.begin(),
          [&](std::uint32_t place) { return active.ids[place]; });
    }
    return valid;
  }

  client::IndexClient& client_;
  ServiceOptions options_;
  RowSet rows_;
  std::unique_ptr<client::UpdateStream> updates_;
  std::uint64_t num_queries_ = 0;
  std::uint64_t query_bytes_ = 0;
  std::uint64_t loaded_bytes_ = 0;
};

}  // namespace

std::unique_ptr<ActiveSetSource> MakeServiceSource(
    client::IndexClient& client, const ServiceOptions& options) {
  return std::make_unique<ServiceSource>(client, options);
}

}  // namespace mongoose::examples
