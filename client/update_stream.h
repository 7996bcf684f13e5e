// A writer's ordered stream of row changes to one index.
//
// Changes are split into chunks, numbered, and sent in the background.  What
// the server has not acknowledged is kept, and sent again after a reconnect
// with the same sequence numbers, so that nothing is lost or applied twice.
// A new process with the same writer id goes on after the last sequence the
// server has applied.
//
// Thread-safety: all methods may be called at once from any thread; changes
// of one thread are applied in its order.
#ifndef MONGOOSE_CLIENT_UPDATE_STREAM_H_
#define MONGOOSE_CLIENT_UPDATE_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "mongoose/v1/index_service.grpc.pb.h"

namespace mongoose::client {

struct UpdateStreamOptions {
  v1::DataType dtype =
      v1::DATA_TYPE_FP32;             // encoding on the wire: FP32 or BF16
  std::size_t chunk_bytes = 1 << 20;  // advised size of one message
  std::size_t max_pending_bytes = 64 << 20;  // SetRows blocks beyond this
  absl::Duration reconnect_timeout = absl::Minutes(5);  // then the stream fails
};

class UpdateStream {
 public:
  UpdateStream(std::shared_ptr<v1::IndexService::Stub> stub, std::string index,
               std::string writer_id, const UpdateStreamOptions& options);
  // Drops what was not acknowledged; call WaitAcked first.
  ~UpdateStream();

  UpdateStream(const UpdateStream&) = delete;
  UpdateStream& operator=(const UpdateStream&) = delete;

  // Queue changes; the last chunk ends the training step.  `values` has shape
  // [ids.size(), columns], row-major.  Blocks while max_pending_bytes are
  // unacknowledged.  Fails with the stream's status once the server has
  // refused a chunk; nothing later is sent.
  absl::Status SetRows(std::span<const std::uint32_t> ids,
                       std::span<const float> values);
  absl::Status AddDeltas(std::span<const std::uint32_t> ids,
                         std::span<const float> deltas);
  absl::Status ReportDrift(std::span<const std::uint32_t> ids,
                           std::span<const float> distances);

  // Waits until everything queued so far is acknowledged.  DeadlineExceeded
  // with the bytes pending, or the stream's status.
  absl::Status WaitAcked(absl::Duration timeout);

  // The newest acknowledgement's state; all zero before the first.
  v1::IndexState last_state() const;
  // Takes the rows the server asked for since the last call (drift mode).
  std::vector<std::uint32_t> TakeRowsWanted();
  // Bytes sent since construction, replays included.
  std::uint64_t bytes_sent() const;

 private:
  class Impl;

  absl::Status SendRows(bool add, std::span<const std::uint32_t> ids,
                        std::span<const float> values);

  const UpdateStreamOptions options_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_UPDATE_STREAM_H_
