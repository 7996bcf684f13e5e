// Active sets from an index that the service owns.
//
// Rows changed by a step are queued on an update stream, which sends them in
// the background; the next query may be answered before they arrive, unless
// read_your_writes is set.
#ifndef MONGOOSE_CLIENT_EXAMPLES_SERVICE_SOURCE_H_
#define MONGOOSE_CLIENT_EXAMPLES_SERVICE_SOURCE_H_

#include <memory>
#include <string>

#include "client/examples/active_set_source.h"
#include "client/index_client.h"

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::examples {

enum class IndexStart {
  kCreate,  // delete an index of the name, create it and load all rows
  kJoin,    // use the existing index; load no rows: they are the same
  kRejoin,  // use the existing index; load all rows: it may be ahead of us
  kEnsure,  // create the index unless it exists; load all rows
};

struct ServiceOptions {
  v1::IndexSpec spec;  // its default plan is used for every query
  std::string writer_id = "worker-0";
  IndexStart start = IndexStart::kCreate;
  v1::DataType wire_dtype = v1::DATA_TYPE_FP32;  // or BF16
  // Of the samples of a batch; the others have their labels and what is found
  // for these.  In (0, 1].
  double queried_share = 1;
  bool read_your_writes = false;
  bool weighted = false;        // use the log weights of tail rows
  bool wants_own_rows = false;  // of each sample, not their union alone
};

// `client` must outlive the source.
std::unique_ptr<ActiveSetSource> MakeServiceSource(
    client::IndexClient& client, const ServiceOptions& options);

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_SERVICE_SOURCE_H_
