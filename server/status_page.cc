#include "server/status_page.h"

#include <string>

#include "server/embedded_files.h"

namespace mongoose::server {
namespace {

constexpr char kScript[] = "text/javascript; charset=utf-8";
constexpr char kStyle[] = "text/css; charset=utf-8";

}  // namespace

HttpPages StatusPageFiles() {
  const auto page = [](const char* type, std::string_view content) {
    return [type, content] {
      return HttpReply{.content_type = type, .body = std::string(content)};
    };
  };
  return {{"/", page("text/html; charset=utf-8", kIndexHtml)},
          {"/status.js", page(kScript, kStatusJs)},
          {"/status.css", page(kStyle, kStatusCss)},
          {"/uplot.js", page(kScript, kUplotJs)},
          {"/uplot.css", page(kStyle, kUplotCss)},
          {"/uplot.license", page("text/plain; charset=utf-8", kUplotLicense)}};
}

}  // namespace mongoose::server
