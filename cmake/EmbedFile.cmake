# cmake -DFILE=<in> -DOUT=<out.cc> -DNAME=<constant> -P EmbedFile.cmake
# Writes a source file that defines mongoose::server::NAME, the bytes of FILE.
file(READ ${FILE} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${OUT}
"#include \"server/embedded_files.h\"
namespace mongoose::server {
namespace {
constexpr unsigned char kBytes[] = {${bytes}};
}  // namespace
const std::string_view ${NAME}(reinterpret_cast<const char*>(kBytes),
                               sizeof(kBytes));
}  // namespace mongoose::server
")
