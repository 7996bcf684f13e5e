// Files that CMake has compiled into the binary; see MongooseTargets.cmake.
#ifndef MONGOOSE_SERVER_EMBEDDED_FILES_H_
#define MONGOOSE_SERVER_EMBEDDED_FILES_H_

#include <string_view>

namespace mongoose::server {

extern const std::string_view kIndexHtml;
extern const std::string_view kStatusJs;
extern const std::string_view kStatusCss;
extern const std::string_view kUplotJs;
extern const std::string_view kUplotCss;
extern const std::string_view kUplotLicense;

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_EMBEDDED_FILES_H_
