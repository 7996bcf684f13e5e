#include "client/update_stream.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/call_status.h"
#include "client/wire_bytes.h"

namespace mongoose::client {
namespace {

using Stream = grpc::ClientReaderWriter<v1::UpdateRequest, v1::UpdateResponse>;

// Errors after which sending the same chunks again may succeed.
bool IsTransient(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return true;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:  // the reason of the ErrorInfo
      return status.error_details().find("QUEUE_FULL") != std::string::npos;
    default:
      return false;
  }
}

}  // namespace

// One sender thread owns the connection; a reader thread per connection takes
// the acknowledgements.
class UpdateStream::Impl {
 public:
  Impl(std::shared_ptr<v1::IndexService::Stub> stub, std::string index,
       std::string writer_id, const UpdateStreamOptions& options)
      : stub_(std::move(stub)),
        index_(std::move(index)),
        writer_id_(std::move(writer_id)),
        options_(options),
        sender_([this] { SendLoop(); }) {}

  ~Impl() {
    {
      std::lock_guard lock(mu_);
      stopping_ = true;
      if (context_ != nullptr) context_->TryCancel();
    }
    changed_.notify_all();
  }

  // Numbers and queues one chunk; blocks while too much is pending.
  absl::Status Enqueue(v1::UpdateRequest chunk) {
    const std::size_t bytes = chunk.ByteSizeLong();
    std::unique_lock lock(mu_);
    changed_.wait(lock, [&] {
      return !status_.ok() || pending_.empty() ||
             pending_bytes_ + bytes <= options_.max_pending_bytes;
    });
    if (!status_.ok()) return status_;
    chunk.set_index(index_);
    chunk.set_writer_id(writer_id_);
    pending_bytes_ += bytes;
    pending_.push_back({std::move(chunk), bytes});
    changed_.notify_all();
    return absl::OkStatus();
  }

  absl::Status WaitAcked(absl::Duration timeout) {
    std::unique_lock lock(mu_);
    const bool done =
        changed_.wait_for(lock, absl::ToChronoMilliseconds(timeout),
                          [&] { return !status_.ok() || pending_.empty(); });
    if (!status_.ok() || done) return status_;
    return absl::DeadlineExceededError(absl::StrCat(
        pending_bytes_, " bytes in ", pending_.size(),
        " chunks are not acknowledged after ", absl::FormatDuration(timeout)));
  }

  v1::IndexState last_state() const {
    std::lock_guard lock(mu_);
    return last_state_;
  }
  std::vector<std::uint32_t> TakeRowsWanted() {
    std::lock_guard lock(mu_);
    return std::exchange(rows_wanted_, {});
  }
  std::uint64_t bytes_sent() const {
    std::lock_guard lock(mu_);
    return bytes_sent_;
  }

 private:
  struct Pending {
    v1::UpdateRequest chunk;
    std::size_t bytes = 0;
  };

  void SendLoop() {
    absl::Time give_up = absl::InfiniteFuture();
    while (WaitForWork()) {
      const std::uint64_t acked_before = num_acked();
      const grpc::Status status = RunConnection();
      if (status.ok() || num_acked() != acked_before) {
        give_up = absl::InfiniteFuture();
      }
      if (status.ok()) continue;
      if (give_up == absl::InfiniteFuture()) {
        give_up = absl::Now() + options_.reconnect_timeout;
      }
      if (!IsTransient(status) || absl::Now() > give_up) {
        return Fail(ToAbslStatus(status));
      }
      Backoff();
    }
  }

  // False when the stream is closing.
  bool WaitForWork() {
    std::unique_lock lock(mu_);
    changed_.wait(lock, [&] { return stopping_ || !pending_.empty(); });
    return !stopping_;
  }

  void Backoff() {
    std::unique_lock lock(mu_);
    changed_.wait_for(lock, std::chrono::milliseconds(100),
                      [&] { return stopping_; });
  }

  void Fail(const absl::Status& status) {
    std::lock_guard lock(mu_);
    status_ = status;
    changed_.notify_all();
  }

  std::uint64_t num_acked() const {
    std::lock_guard lock(mu_);
    return num_acked_;
  }

  // Asks which sequence the server has applied of this writer, so that chunks
  // get the numbers it expects: those of a writer before, or of one that died.
  grpc::Status AdoptSequence() {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(10));
    v1::GetIndexStatusRequest request;
    request.set_name(index_);
    v1::GetIndexStatusResponse response;
    const grpc::Status status =
        stub_->GetIndexStatus(&context, request, &response);
    if (!status.ok()) return status;
    const auto writer = response.writer_sequences().find(writer_id_);
    std::lock_guard lock(mu_);
    const std::uint64_t applied =
        writer == response.writer_sequences().end() ? 0 : writer->second;
    if (!adopted_) {
      last_acked_ = applied;
      adopted_ = true;
      return grpc::Status::OK;
    }
    if (applied < last_acked_) {
      return {grpc::StatusCode::DATA_LOSS,
              absl::StrCat("index \"", index_, "\" has applied sequence ",
                           applied, " of writer \"", writer_id_,
                           "\" but acknowledged ", last_acked_,
                           ": it was created anew; load all rows again")};
    }
    return grpc::Status::OK;
  }

  // Sends what is pending until the stream closes; OK when closing.
  grpc::Status RunConnection() {
    if (const grpc::Status adopted = AdoptSequence(); !adopted.ok()) {
      return adopted;
    }
    grpc::ClientContext context;
    {
      std::lock_guard lock(mu_);
      if (stopping_) return grpc::Status::OK;
      context_ = &context;
      broken_ = false;
      num_sent_ = 0;
      bytes_in_flight_ = 0;
    }
    const std::unique_ptr<Stream> stream = stub_->Update(&context);
    std::jthread reader([&] { ReadAcks(*stream); });
    while (SendNext(*stream)) {
    }
    stream->WritesDone();
    reader.join();
    const grpc::Status status = stream->Finish();
    std::lock_guard lock(mu_);
    context_ = nullptr;
    return stopping_ ? grpc::Status::OK : status;
  }

  // Writes the next unsent chunk once there is credit for it; false when the
  // connection is broken or closing.
  bool SendNext(Stream& stream) {
    v1::UpdateRequest chunk;
    {
      std::unique_lock lock(mu_);
      changed_.wait(lock, [&] {
        if (stopping_ || broken_) return true;
        if (num_sent_ == pending_.size()) return false;
        return bytes_in_flight_ == 0 ||
               bytes_in_flight_ + pending_[num_sent_].bytes <= credit_bytes_;
      });
      if (stopping_ || broken_) return false;
      Pending& next = pending_[num_sent_];
      next.chunk.set_sequence(last_acked_ + num_sent_ + 1);
      chunk = next.chunk;
      ++num_sent_;
      bytes_in_flight_ += next.bytes;
      bytes_sent_ += next.bytes;
    }
    return stream.Write(chunk);
  }

  void ReadAcks(Stream& stream) {
    v1::UpdateResponse ack;
    while (stream.Read(&ack)) {
      std::lock_guard lock(mu_);
      TakeAck(ack);
      changed_.notify_all();
    }
    std::lock_guard lock(mu_);
    broken_ = true;
    changed_.notify_all();
  }

  void TakeAck(const v1::UpdateResponse& ack) {
    last_state_ = ack.state();
    credit_bytes_ = ack.credit_bytes();
    for (const std::uint32_t row :
         FromBytes<std::uint32_t>(ack.rows_wanted())) {
      rows_wanted_.push_back(row);
    }
    if (pending_.empty() || ack.sequence() != last_acked_ + 1) return;
    pending_bytes_ -= pending_.front().bytes;
    bytes_in_flight_ -= pending_.front().bytes;
    pending_.pop_front();
    --num_sent_;
    ++last_acked_;
    ++num_acked_;
  }

  const std::shared_ptr<v1::IndexService::Stub> stub_;
  const std::string index_;
  const std::string writer_id_;
  const UpdateStreamOptions options_;

  mutable std::mutex mu_;
  std::condition_variable changed_;
  // All below are guarded by mu_.
  std::deque<Pending> pending_;  // not acknowledged, in order
  std::size_t pending_bytes_ = 0;
  std::size_t num_sent_ = 0;  // of pending_, on this connection
  std::size_t bytes_in_flight_ = 0;
  std::uint64_t credit_bytes_ = 1 << 20;  // until the first ack says more
  std::uint64_t last_acked_ = 0;          // sequence
  std::uint64_t num_acked_ = 0;
  std::uint64_t bytes_sent_ = 0;
  bool adopted_ = false;
  bool broken_ = false;
  bool stopping_ = false;
  absl::Status status_;
  v1::IndexState last_state_;
  std::vector<std::uint32_t> rows_wanted_;
  grpc::ClientContext* context_ = nullptr;
  std::jthread sender_;
};

UpdateStream::UpdateStream(std::shared_ptr<v1::IndexService::Stub> stub,
                           std::string index, std::string writer_id,
                           const UpdateStreamOptions& options)
    : options_(options),
      impl_(std::make_unique<Impl>(std::move(stub), std::move(index),
                                   std::move(writer_id), options)) {}

UpdateStream::~UpdateStream() = default;

namespace {

// Calls enqueue(first, count, is_last) for slices of at most chunk_bytes.
template <typename Enqueue>
absl::Status ForEachSlice(std::size_t rows, std::size_t row_bytes,
                          std::size_t chunk_bytes, Enqueue enqueue) {
  const std::size_t step = std::max<std::size_t>(1, chunk_bytes / row_bytes);
  for (std::size_t first = 0; first < rows; first += step) {
    const std::size_t count = std::min(step, rows - first);
    const absl::Status status = enqueue(first, count, first + count == rows);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckShape(std::size_t ids, std::size_t values) {
  if (ids > 0 && values % ids == 0 && values > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("values must have shape [ids, columns], got ", values,
                   " values for ", ids, " ids"));
}

}  // namespace

absl::Status UpdateStream::SendRows(bool add,
                                    std::span<const std::uint32_t> ids,
                                    std::span<const float> values) {
  if (absl::Status status = CheckShape(ids.size(), values.size());
      !status.ok()) {
    return status;
  }
  const std::size_t cols = values.size() / ids.size();
  const std::size_t value_bytes = options_.dtype == v1::DATA_TYPE_BF16 ? 2 : 4;
  return ForEachSlice(ids.size(), cols * value_bytes + sizeof(std::uint32_t),
                      options_.chunk_bytes,
                      [&](std::size_t first, std::size_t count, bool is_last) {
                        v1::UpdateRequest chunk;
                        v1::RowValues& rows = add ? *chunk.mutable_add_deltas()
                                                  : *chunk.mutable_set_rows();
                        rows.set_row_ids(ToBytes(ids.subspan(first, count)));
                        *rows.mutable_values() = ToMatrix(
                            values.subspan(first * cols, count * cols),
                            static_cast<std::uint32_t>(count), options_.dtype);
                        chunk.set_more_chunks(!is_last);
                        return impl_->Enqueue(std::move(chunk));
                      });
}

absl::Status UpdateStream::SetRows(std::span<const std::uint32_t> ids,
                                   std::span<const float> values) {
  return SendRows(/*add=*/false, ids, values);
}

absl::Status UpdateStream::AddDeltas(std::span<const std::uint32_t> ids,
                                     std::span<const float> deltas) {
  return SendRows(/*add=*/true, ids, deltas);
}

absl::Status UpdateStream::ReportDrift(std::span<const std::uint32_t> ids,
                                       std::span<const float> distances) {
  if (absl::Status status = CheckShape(ids.size(), distances.size());
      !status.ok()) {
    return status;
  }
  constexpr std::size_t kRowBytes = sizeof(std::uint32_t) + sizeof(float);
  return ForEachSlice(
      ids.size(), kRowBytes, options_.chunk_bytes,
      [&](std::size_t first, std::size_t count, bool is_last) {
        v1::UpdateRequest chunk;
        v1::RowDrift& drift = *chunk.mutable_drift();
        drift.set_row_ids(ToBytes(ids.subspan(first, count)));
        drift.set_distances(ToBytes(distances.subspan(first, count)));
        chunk.set_more_chunks(!is_last);
        return impl_->Enqueue(std::move(chunk));
      });
}

absl::Status UpdateStream::WaitAcked(absl::Duration timeout) {
  return impl_->WaitAcked(timeout);
}
v1::IndexState UpdateStream::last_state() const { return impl_->last_state(); }
std::vector<std::uint32_t> UpdateStream::TakeRowsWanted() {
  return impl_->TakeRowsWanted();
}
std::uint64_t UpdateStream::bytes_sent() const { return impl_->bytes_sent(); }

}  // namespace mongoose::client
