#include "server/rpc_handlers.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/error_reason.h"
#include "core/base/status_macros.h"
#include "server/bucket_codec.h"
#include "server/learn_codec.h"
#include "server/log.h"
#include "server/spec_codec.h"
#include "server/status_codec.h"
#include "server/wire_codec.h"

namespace mongoose::server {
namespace {

// An UpdateChunk and the memory it views.
struct DecodedChunk {
  UpdateChunk chunk;
  std::vector<RowId> ids;
  WireMatrix values;
  std::vector<float> distances;
};

absl::Status DecodeRowValues(const v1::RowValues& rows, std::string_view field,
                             DecodedChunk& out) {
  const std::string prefix(field);
  ASSIGN_OR_RETURN(out.ids, DecodeUint32s(rows.row_ids(), prefix + ".row_ids"));
  ASSIGN_OR_RETURN(out.values, DecodeMatrix(rows.values(), prefix + ".values",
                                            /*append_one=*/false));
  out.chunk.values = out.values.view();
  return absl::OkStatus();
}

absl::Status DecodeChange(const v1::UpdateRequest& request, DecodedChunk& out) {
  switch (request.change_case()) {
    case v1::UpdateRequest::kSetRows:
      out.chunk.kind = ChangeKind::kSetRows;
      return DecodeRowValues(request.set_rows(), "set_rows", out);
    case v1::UpdateRequest::kAddDeltas:
      out.chunk.kind = ChangeKind::kAddDeltas;
      return DecodeRowValues(request.add_deltas(), "add_deltas", out);
    case v1::UpdateRequest::kDrift: {
      out.chunk.kind = ChangeKind::kDrift;
      ASSIGN_OR_RETURN(
          out.ids, DecodeUint32s(request.drift().row_ids(), "drift.row_ids"));
      ASSIGN_OR_RETURN(out.distances, DecodeFloats(request.drift().distances(),
                                                   "drift.distances"));
      out.chunk.distances = out.distances;
      return absl::OkStatus();
    }
    case v1::UpdateRequest::CHANGE_NOT_SET:
      return absl::OkStatus();
  }
  return absl::InternalError("unknown kind of change");
}

std::uint64_t VersionOf(const AnyIndex& index) {
  if (const auto* found =
          std::get_if<std::shared_ptr<AttentionIndex>>(&index)) {
    return (*found)->Current()->version;
  }
  return std::get<std::shared_ptr<NeuronIndex>>(index)->state().index_version;
}

absl::StatusOr<NeuronIndex::Layout> DecodeLayout(
    const v1::QueryNeuronsRequest& request) {
  switch (request.layout()) {
    case v1::ANSWER_LAYOUT_UNSPECIFIED:
    case v1::ANSWER_LAYOUT_PER_SAMPLE:
      return NeuronIndex::Layout::kPerSample;
    case v1::ANSWER_LAYOUT_UNION:
      return request.want_positions() ? NeuronIndex::Layout::kUnionWithPositions
                                      : NeuronIndex::Layout::kUnion;
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("layout must be PER_SAMPLE or UNION, got ",
                       static_cast<int>(request.layout())));
  }
}

void EncodeIds(const std::vector<RowId>& ids, bool as_deltas,
               v1::QueryNeuronsResponse& out) {
  if (as_deltas) {
    EncodeIdDeltas(ids, *out.mutable_id_deltas());
  } else {
    out.set_ids(EncodeBytes(ids));
  }
}

void EncodeAnswer(const NeuronIndex::Answer& answer,
                  const NeuronIndex::Layout layout, bool ids_as_deltas,
                  v1::QueryNeuronsResponse& out) {
  EncodeState(answer.state, *out.mutable_state());
  out.set_candidates(answer.sets.num_candidates);
  if (layout == NeuronIndex::Layout::kPerSample) {
    out.set_offsets(EncodeBytes(answer.sets.offsets));
    EncodeIds(answer.sets.ids, ids_as_deltas, out);
    out.set_scores(EncodeBytes(answer.sets.scores));
    out.set_hits(EncodeBytes(answer.sets.hits));
    out.set_log_weights(EncodeBytes(answer.sets.log_weights));
    return;
  }
  EncodeIds(answer.unite.ids, ids_as_deltas, out);
  out.set_log_weights(EncodeBytes(answer.unite.log_weights));
  out.set_offsets(EncodeBytes(answer.unite.offsets));
  out.set_positions(EncodeBytes(answer.unite.positions));
}

}  // namespace

absl::Status RpcHandlers::CreateIndex(const v1::CreateIndexRequest& request,
                                      v1::CreateIndexResponse& response) {
  const auto answer = [&](const auto& created) {
    *response.mutable_spec() = EncodeSpec(created.index->spec());
    response.set_created(created.is_new);
    if (!created.is_new) return;
    LogInfo("index created", {{"index", response.spec().name()},
                              {"rows", response.spec().num_rows()},
                              {"dim", response.spec().dim()}});
  };
  if (request.spec().kind() == v1::INDEX_KIND_ATTENTION) {
    ASSIGN_OR_RETURN(const AttentionSpec spec,
                     DecodeAttentionSpec(request.spec()));
    ASSIGN_OR_RETURN(const auto created, catalog_.Create(spec));
    answer(created);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const IndexSpec spec, DecodeIndexSpec(request.spec()));
  ASSIGN_OR_RETURN(const auto created, catalog_.Create(spec));
  answer(created);
  return absl::OkStatus();
}

absl::Status RpcHandlers::GetIndex(const v1::GetIndexRequest& request,
                                   v1::GetIndexResponse& response) {
  ASSIGN_OR_RETURN(const AnyIndex index, catalog_.FindAny(request.name()));
  *response.mutable_spec() = EncodeSpecOf(index);
  return absl::OkStatus();
}

absl::Status RpcHandlers::ListIndexes(const v1::ListIndexesRequest& request,
                                      v1::ListIndexesResponse& response) {
  constexpr std::uint32_t kMaxPage = 1000;
  constexpr std::uint32_t kDefaultPage = 100;
  if (request.page_size() > kMaxPage) {
    return absl::InvalidArgumentError(absl::StrCat(
        "page_size must be 0..", kMaxPage, ", got ", request.page_size()));
  }
  // A page token is the last name of the page before.
  if (!request.page_token().empty() &&
      !ValidateIndexName(request.page_token()).ok()) {
    return absl::InvalidArgumentError(
        "page_token must be empty or a next_page_token");
  }
  const std::size_t size =
      request.page_size() == 0 ? kDefaultPage : request.page_size();
  const auto page = catalog_.List(request.page_token(), size + 1);
  for (std::size_t i = 0; i < std::min(size, page.size()); ++i) {
    *response.add_specs() = EncodeSpecOf(page[i]);
  }
  if (page.size() > size) {
    response.set_next_page_token(NameOf(page[size - 1]));
  }
  return absl::OkStatus();
}

absl::Status RpcHandlers::DeleteIndex(const v1::DeleteIndexRequest& request,
                                      v1::DeleteIndexResponse&) {
  RETURN_IF_ERROR(catalog_.Delete(request.name()));
  LogInfo("index deleted", {{"index", request.name()}});
  return absl::OkStatus();
}

absl::Status RpcHandlers::GetIndexStatus(
    const v1::GetIndexStatusRequest& request,
    v1::GetIndexStatusResponse& response) {
  ASSIGN_OR_RETURN(const AnyIndex index, catalog_.FindAny(request.name()));
  EncodeStatus(index, response);
  if (const auto* rows = std::get_if<std::shared_ptr<NeuronIndex>>(&index)) {
    const auto writers = (*rows)->writer_sequences();
    response.mutable_writer_sequences()->insert(writers.begin(), writers.end());
  }
  return absl::OkStatus();
}

bool RpcHandlers::HasNewer(const v1::GetProjectionRequest& request) const {
  if (request.newer_than() == 0 || request.index_version() != 0) return true;
  const auto any = catalog_.FindAny(request.name());
  // What cannot be waited for is refused by the call itself.
  return !any.ok() || VersionOf(*any) != request.newer_than();
}

absl::Status RpcHandlers::CheckNewer(const v1::GetProjectionRequest& request,
                                     std::uint64_t current) {
  if (request.newer_than() == 0) return absl::OkStatus();
  if (request.index_version() != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("index_version must be 0 with newer_than, got ",
                     request.index_version()));
  }
  if (request.newer_than() <= current) return absl::OkStatus();
  return WithReason(absl::OutOfRangeError(absl::StrCat(
                        "newer_than must be <= ", current,
                        ", the current version, got ", request.newer_than())),
                    "VERSION_GONE");
}

absl::Status RpcHandlers::GetProjection(const v1::GetProjectionRequest& request,
                                        v1::GetProjectionResponse& response) {
  ASSIGN_OR_RETURN(const AnyIndex any, catalog_.FindAny(request.name()));
  RETURN_IF_ERROR(CheckNewer(request, VersionOf(any)));
  if (const auto* found = std::get_if<std::shared_ptr<AttentionIndex>>(&any)) {
    return GetRotations(**found, request, response);
  }
  const auto& index = std::get<std::shared_ptr<NeuronIndex>>(any);
  const auto snapshot = index->snapshot();
  if (snapshot == nullptr) {
    return WithReason(
        absl::FailedPreconditionError(
            absl::StrCat("index \"", request.name(), "\" has no snapshot yet")),
        "NO_SNAPSHOT");
  }
  if (request.index_version() != 0 &&
      request.index_version() != snapshot->version) {
    return WithReason(absl::OutOfRangeError(absl::StrCat(
                          "index_version must be 0 or ", snapshot->version,
                          ", the current one, got ", request.index_version())),
                      "VERSION_GONE");
  }
  const Projection& projection = *snapshot->projection;
  const std::size_t cols = projection.spec().cols;
  const std::vector<float> zeros(cols, 0.0F);
  const auto encode_mean = [&](const std::vector<float>& mean) {
    return EncodeMatrix({mean.empty() ? zeros : mean, 1, cols});
  };
  IndexState state = index->state();
  state.index_version = snapshot->version;
  state.hashed_sequence = snapshot->hashed_sequence;
  EncodeState(state, *response.mutable_state());
  *response.mutable_hash() = EncodeHashSpec(projection.spec());
  *response.mutable_row_means() = encode_mean(projection.means().rows);
  *response.mutable_query_means() = encode_mean(projection.means().queries);
  if (const auto directions = projection.Directions(); !directions.empty()) {
    *response.mutable_directions() =
        EncodeMatrix({directions, directions.size() / cols, cols});
  }
  if (const PartitionProjection* partition = snapshot->partition()) {
    const PartitionProjection::Router router = partition->router();
    const std::size_t cells = router.offsets.size();
    *response.mutable_router() = EncodeMatrix({router.vectors, cells, cols});
    *response.mutable_router_offsets() =
        EncodeMatrix({router.offsets, 1, cells});
  }
  return absl::OkStatus();
}

absl::Status RpcHandlers::LearnHash(
    const std::vector<v1::LearnHashRequest>& chunks, const CancelToken& cancel,
    v1::LearnHashResponse& response) {
  if (chunks.empty()) {
    return absl::InvalidArgumentError("pairs must be >= 1, got 0");
  }
  ASSIGN_OR_RETURN(const AnyIndex any,
                   catalog_.FindAny(chunks.front().index()));
  if (const auto* found = std::get_if<std::shared_ptr<AttentionIndex>>(&any)) {
    return LearnRotations(**found, chunks, cancel, response);
  }
  const auto& index = std::get<std::shared_ptr<NeuronIndex>>(any);
  std::vector<float> queries;
  std::vector<RowId> rows;
  for (const v1::LearnHashRequest& chunk : chunks) {
    RETURN_IF_ERROR(CheckSameIndex(chunk, index->spec().name));
    RETURN_IF_ERROR(AppendPairs(chunk, index->spec(), queries, rows));
  }
  const std::size_t cols = index->spec().hash.cols;
  ASSIGN_OR_RETURN(
      const GateVerdict verdict,
      index->Learn({.queries = {queries, rows.size(), cols}, .rows = rows},
                   cancel));
  EncodeState(index->state(), *response.mutable_state());
  EncodeVerdict(verdict, response);
  return absl::OkStatus();
}

absl::Status RpcHandlers::Update(const v1::UpdateRequest& request,
                                 v1::UpdateResponse& response) {
  ASSIGN_OR_RETURN(const auto index, catalog_.Find(request.index()));
  DecodedChunk decoded;
  RETURN_IF_ERROR(DecodeChange(request, decoded));
  decoded.chunk.writer_id = request.writer_id();
  decoded.chunk.sequence = request.sequence();
  decoded.chunk.ids = decoded.ids;
  decoded.chunk.ends_step = !request.more_chunks();
  ASSIGN_OR_RETURN(const UpdateResult result, index->Apply(decoded.chunk));
  IndexState state = index->state();
  state.applied_sequence = result.applied_sequence;
  state.staleness = result.staleness;
  EncodeState(state, *response.mutable_state());
  response.set_sequence(request.sequence());
  response.set_replayed(result.replayed);
  response.set_credit_bytes(limits_.update_credit_bytes);
  response.set_rows_wanted(EncodeBytes(result.rows_wanted));
  return absl::OkStatus();
}

bool RpcHandlers::HasRowsFor(const v1::QueryNeuronsRequest& request) const {
  if (request.min_sequence() == 0) return true;
  const auto index = catalog_.Find(request.index());
  return !index.ok() || (*index)->applied_sequence() >= request.min_sequence();
}

absl::Status RpcHandlers::QueryNeurons(const v1::QueryNeuronsRequest& request,
                                       const CancelToken& cancel,
                                       CallRecord& record,
                                       v1::QueryNeuronsResponse& response) {
  ASSIGN_OR_RETURN(const auto index, catalog_.Find(request.index()));
  if (request.queries().rows() > limits_.max_batch) {
    return absl::InvalidArgumentError(
        absl::StrCat("queries.rows must be <= ", limits_.max_batch, ", got ",
                     request.queries().rows()));
  }
  ASSIGN_OR_RETURN(
      const WireMatrix queries,
      DecodeMatrix(request.queries(), "queries", index->spec().has_bias));
  ASSIGN_OR_RETURN(const std::vector<std::uint32_t> label_offsets,
                   DecodeUint32s(request.label_offsets(), "label_offsets"));
  ASSIGN_OR_RETURN(const std::vector<RowId> label_ids,
                   DecodeUint32s(request.label_ids(), "label_ids"));
  ASSIGN_OR_RETURN(const NeuronIndex::Layout layout, DecodeLayout(request));
  ASSIGN_OR_RETURN(const QueryPlan plan,
                   DecodeQueryPlan(request.plan(), index->spec().default_plan));
  const bool per_sample = layout == NeuronIndex::Layout::kPerSample;
  ASSIGN_OR_RETURN(
      const NeuronIndex::Answer answer,
      index->Query({.queries = queries.view(),
                    .label_offsets = label_offsets,
                    .label_ids = label_ids,
                    .plan = plan,
                    .want_scores = request.want_scores() && per_sample,
                    .want_hits = request.want_hits() && per_sample},
                   layout, cancel));
  const Clock::TimePoint start = clock_.Now();
  EncodeAnswer(answer, layout, request.want_id_deltas(), response);
  response.set_tables_visited(
      static_cast<std::uint32_t>(index->spec().hash.num_tables));
  const double encode_seconds = clock_.SecondsSince(start);
  metrics_.ObserveStages(answer.sets.stage_seconds, encode_seconds);
  for (std::size_t stage = 0; stage < kNumQueryStages; ++stage) {
    record.stage_seconds[stage] += answer.sets.stage_seconds[stage];
  }
  record.encode_seconds += encode_seconds;
  return absl::OkStatus();
}

}  // namespace mongoose::server
