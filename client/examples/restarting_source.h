#ifndef MONGOOSE_CLIENT_EXAMPLES_RESTARTING_SOURCE_H_
#define MONGOOSE_CLIENT_EXAMPLES_RESTARTING_SOURCE_H_

#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "client/examples/active_set_source.h"

namespace mongoose::examples {

// `first`, replaced by what `make_next` makes whenever the server or its index
// is lost: a new source is started with the weights as they are then, which
// hold everything published before.  Gives up with the last error once that has
// failed for `patience`.
//
// The weights given to Start must outlive the source.
std::unique_ptr<ActiveSetSource> MakeRestartingSource(
    std::unique_ptr<ActiveSetSource> first,
    std::function<std::unique_ptr<ActiveSetSource>()> make_next,
    absl::Duration patience);

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_RESTARTING_SOURCE_H_
