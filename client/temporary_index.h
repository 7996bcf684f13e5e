// An index of synthetic rows that lives as long as its object.
#ifndef MONGOOSE_CLIENT_TEMPORARY_INDEX_H_
#define MONGOOSE_CLIENT_TEMPORARY_INDEX_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/index_client.h"

namespace mongoose::client {

// Thread-safety: none.
class TemporaryIndex {
 public:
  // Creates an empty index.  AlreadyExists when there is one of that name: an
  // index made by others is never touched.  `client` must outlive the object.
  static absl::StatusOr<std::unique_ptr<TemporaryIndex>> Create(
      IndexClient& client, const v1::IndexSpec& spec);
  // Deletes the index, if Delete has not; whether that fails is not told.
  ~TemporaryIndex();

  TemporaryIndex(const TemporaryIndex&) = delete;
  TemporaryIndex& operator=(const TemporaryIndex&) = delete;

  // Sets every row to a clustered vector (clustered_vectors.h) drawn from
  // `seed`, any bias to 0, and waits for the first snapshot.  Asks
  // `keep_going` several times a second; Cancelled when it says false,
  // DeadlineExceeded when either wait takes more than `timeout`.
  absl::Status Load(std::uint64_t seed, absl::Duration timeout,
                    const std::function<bool()>& keep_going);

  // Deletes the index.
  absl::Status Delete();

  // Defaults filled in.
  const v1::IndexSpec& spec() const { return spec_; }
  // Clusters the rows stand in.
  std::uint32_t num_clusters() const;

 private:
  TemporaryIndex(IndexClient& client, v1::IndexSpec spec);
  absl::Status SendRows(UpdateStream& updates, std::uint64_t seed,
                        const std::function<bool()>& keep_going) const;

  IndexClient& client_;
  const v1::IndexSpec spec_;
  bool exists_ = true;
};

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_TEMPORARY_INDEX_H_
