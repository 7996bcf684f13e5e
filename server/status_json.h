#ifndef MONGOOSE_SERVER_STATUS_JSON_H_
#define MONGOOSE_SERVER_STATUS_JSON_H_

#include <string>

#include "core/index/index_catalog.h"

namespace mongoose::server {

// {"version", "ready", "indexes": [{"spec", "status"}]} for the status page:
// IndexSpec and GetIndexStatusResponse as proto3 JSON, all fields given.
std::string RenderStatusJson(const IndexCatalog& catalog, bool is_ready);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_STATUS_JSON_H_
