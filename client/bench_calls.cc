#include "client/bench_calls.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/clustered_vectors.h"
#include "client/wire_bytes.h"

namespace mongoose::client {
namespace {

constexpr std::size_t kPoolBytes = 64 << 20;
constexpr std::size_t kMostPoolCalls = 256;
// Streams of random numbers; those of the rows are in temporary_index.cc.
constexpr std::uint64_t kQueryStream = 1;
constexpr std::uint64_t kChangeStream = 2;

// A query call as it is sent again and again.
struct PooledCall {
  v1::QueryNeuronsRequest request;
  std::uint64_t bytes = 0;
};
using CallPool = std::vector<PooledCall>;

std::mt19937_64 SenderRandom(std::uint64_t seed, std::uint64_t stream,
                             int sender) {
  std::seed_seq words{seed & 0xFFFFFFFFU, seed >> 32, stream,
                      static_cast<std::uint64_t>(sender)};
  return std::mt19937_64(words);
}

CallPool MakePool(const QueryLoad& load) {
  ClusteredVectors vectors(load.num_clusters, load.dim, load.seed,
                           kQueryStream);
  std::vector<float> queries(std::size_t{load.batch} * load.dim);
  const std::size_t num_calls = std::clamp<std::size_t>(
      kPoolBytes / (queries.size() * sizeof(float)), 1, kMostPoolCalls);
  CallPool pool(num_calls);
  for (PooledCall& call : pool) {
    for (std::size_t first = 0; first < queries.size(); first += load.dim) {
      vectors.Draw(std::span(queries).subspan(first, load.dim));
    }
    call.request = load.call;
    *call.request.mutable_queries() = ToMatrix(queries, load.batch);
    call.bytes = call.request.ByteSizeLong();
  }
  return pool;
}

CallOutcome MakeCall(IndexClient& client, const PooledCall& call) {
  CallOutcome outcome{.bytes_sent = call.bytes};
  const auto answer = client.QueryNeurons(call.request);
  outcome.status = answer.status();
  if (!answer.ok()) return outcome;
  outcome.bytes_received = answer->ByteSizeLong();
  outcome.ids = answer->ids().size() / sizeof(std::uint32_t);
  outcome.candidates = answer->candidates();
  return outcome;
}

// One writer.
class UpdateCaller {
 public:
  UpdateCaller(IndexClient& client, const UpdateLoad& load, int sender)
      : client_(client),
        load_(load),
        writer_id_(absl::StrCat(load.writer_prefix, "-", sender)),
        cols_(load.spec.dim() + (load.spec.has_bias() ? 1U : 0U)),
        random_(SenderRandom(load.seed, kChangeStream, sender)),
        rows_(load.spec.num_rows()) {
    assert(load.chunk_rows > 0 && load.chunk_rows <= rows_.size());
    std::iota(rows_.begin(), rows_.end(), 0U);
    MakeChanges(static_cast<std::uint64_t>(sender));
    OpenStream();
  }

  CallOutcome Call() {
    const std::uint64_t sent_before = stream_->bytes_sent();
    CallOutcome outcome;
    outcome.status = stream_->AddDeltas(DrawRows(), DrawChanges());
    if (outcome.status.ok()) outcome.status = stream_->WaitAcked(load_.timeout);
    outcome.bytes_sent = stream_->bytes_sent() - sent_before;
    if (!outcome.status.ok()) OpenStream();
    return outcome;
  }

 private:
  // A chunk takes any load.chunk_rows of these rows in a row, so that no row
  // of the index always meets the same change.
  void MakeChanges(std::uint64_t sender) {
    const std::uint32_t dim = load_.spec.dim();
    ClusteredVectors directions(0, dim, load_.seed + sender, kChangeStream);
    changes_.resize((load_.chunk_rows + kSpareChanges) * cols_);
    for (std::size_t first = 0; first < changes_.size(); first += cols_) {
      const auto change = std::span(changes_).subspan(first, dim);
      directions.Draw(change);
      for (float& value : change) value *= load_.change;
    }
  }

  void OpenStream() {
    stream_.reset();  // ends before its successor asks for its sequence
    UpdateStreamOptions options;
    options.reconnect_timeout = load_.timeout;
    // One call is one chunk.
    options.chunk_bytes = std::size_t{load_.chunk_rows} *
                          (cols_ * sizeof(float) + sizeof(std::uint32_t));
    stream_ = client_.OpenUpdateStream(load_.spec.name(), writer_id_, options);
  }

  std::span<const std::uint32_t> DrawRows() {
    for (std::size_t i = 0; i < load_.chunk_rows; ++i) {
      std::swap(rows_[i], rows_[i + random_() % (rows_.size() - i)]);
    }
    return std::span(rows_).first(load_.chunk_rows);
  }

  std::span<const float> DrawChanges() {
    const std::size_t first = random_() % (kSpareChanges + 1);
    return std::span(changes_).subspan(first * cols_, load_.chunk_rows * cols_);
  }

  static constexpr std::size_t kSpareChanges = 1000;

  IndexClient& client_;
  const UpdateLoad load_;
  const std::string writer_id_;
  const std::size_t cols_;
  std::mt19937_64 random_;
  std::vector<std::uint32_t> rows_;  // all, in an order that changes
  std::vector<float> changes_;       // [chunk_rows + kSpareChanges, cols]
  std::unique_ptr<UpdateStream> stream_;
};

}  // namespace

std::vector<Caller> MakeQueryCallers(IndexClient& client,
                                     const QueryLoad& load) {
  const auto pool = std::make_shared<const CallPool>(MakePool(load));
  std::vector<Caller> callers;
  callers.reserve(static_cast<std::size_t>(load.num_senders));
  for (int sender = 0; sender < load.num_senders; ++sender) {
    callers.emplace_back(
        [&client, pool,
         random = SenderRandom(load.seed, kQueryStream, sender)]() mutable {
          return MakeCall(client, (*pool)[random() % pool->size()]);
        });
  }
  return callers;
}

std::vector<Caller> MakeUpdateCallers(IndexClient& client,
                                      const UpdateLoad& load) {
  std::vector<Caller> callers;
  callers.reserve(static_cast<std::size_t>(load.num_senders));
  for (int sender = 0; sender < load.num_senders; ++sender) {
    callers.emplace_back(
        [caller = std::make_shared<UpdateCaller>(client, load, sender)] {
          return caller->Call();
        });
  }
  return callers;
}

}  // namespace mongoose::client
