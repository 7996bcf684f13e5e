#ifndef MONGOOSE_SERVER_STATUS_PAGE_H_
#define MONGOOSE_SERVER_STATUS_PAGE_H_

#include "server/http_endpoint.h"

namespace mongoose::server {

// The files of the status page (server/status_page), which are part of the
// binary.  The page reads /metrics and /status.json.
HttpPages StatusPageFiles();

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_STATUS_PAGE_H_
