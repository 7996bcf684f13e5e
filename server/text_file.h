#ifndef MONGOOSE_SERVER_TEXT_FILE_H_
#define MONGOOSE_SERVER_TEXT_FILE_H_

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace mongoose::server {

// The whole file.  NotFound with the path and the reason when it cannot be
// read.
inline absl::StatusOr<std::string> ReadTextFile(const std::string& path) {
  std::ifstream file(path);
  file.peek();  // notices a folder
  if (!file.is_open() || file.bad()) {
    return absl::NotFoundError(
        absl::StrCat("\"", path, "\": ", std::strerror(errno)));
  }
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_TEXT_FILE_H_
