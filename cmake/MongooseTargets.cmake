# The few ways in which this project defines a target.
include(GoogleTest OPTIONAL)

add_library(mongoose_warnings INTERFACE)
set(warnings
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Werror
  -Wno-missing-field-initializers)  # designated initialisers name what differs
target_compile_options(mongoose_warnings INTERFACE
  "$<$<COMPILE_LANGUAGE:CXX>:${warnings}>"
  "$<$<COMPILE_LANGUAGE:CUDA>:SHELL:-Werror all-warnings -Xcompiler -Wall,-Wextra>")

add_library(mongoose_options INTERFACE)
target_compile_features(mongoose_options INTERFACE cxx_std_20)
if(MONGOOSE_SANITIZE)
  target_compile_options(mongoose_options INTERFACE
    -fsanitize=${MONGOOSE_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(mongoose_options INTERFACE
    -fsanitize=${MONGOOSE_SANITIZE})
endif()

# mongoose_library(<name> [SRCS ...] [HDRS ...] [DEPS ...]): one a folder.
# Every header is also compiled alone, by target all_verify_interface_header_sets.
function(mongoose_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;HDRS;DEPS" ${ARGN})
  set(scope PUBLIC)
  set(type STATIC)
  if(NOT ARG_SRCS)
    set(scope INTERFACE)
    set(type INTERFACE)
  endif()
  add_library(mongoose_${name} ${type} ${ARG_SRCS})
  add_library(mongoose::${name} ALIAS mongoose_${name})
  target_include_directories(mongoose_${name} ${scope} ${PROJECT_SOURCE_DIR})
  target_link_libraries(mongoose_${name} ${scope} mongoose_options ${ARG_DEPS})
  if(ARG_SRCS)
    target_link_libraries(mongoose_${name} PRIVATE mongoose_warnings)
  endif()
  target_sources(mongoose_${name} ${scope}
    FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ARG_HDRS})
  set_target_properties(mongoose_${name} PROPERTIES
    VERIFY_INTERFACE_HEADER_SETS ON)
endfunction()

# mongoose_executable(<name> SRCS ... [DEPS ...])
function(mongoose_executable name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE mongoose_options ${ARG_DEPS}
    mongoose_warnings)
endfunction()

# mongoose_test(<name> SRCS ... [DEPS ...] LABELS ...): gtest under ctest.
# LABELS: unit (core only, also run under TSan) or integration.
function(mongoose_test name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS;LABELS" ${ARGN})
  mongoose_executable(${name} SRCS ${ARG_SRCS}
    DEPS ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST NO_PRETTY_VALUES
    PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 300)
endfunction()

# mongoose_proto(<name> IMPORT_DIR <dir> PROTOS ... [GRPC] [DEPS ...])
# Generated code is compiled without our warnings.
function(mongoose_proto name)
  cmake_parse_arguments(ARG "GRPC" "IMPORT_DIR" "PROTOS;DEPS" ${ARGN})
  add_library(mongoose_${name} STATIC ${ARG_PROTOS})
  add_library(mongoose::${name} ALIAS mongoose_${name})
  set(out ${PROJECT_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${out})
  protobuf_generate(TARGET mongoose_${name} LANGUAGE cpp
    IMPORT_DIRS ${ARG_IMPORT_DIR} PROTOC_OUT_DIR ${out})
  if(ARG_GRPC)
    protobuf_generate(TARGET mongoose_${name} LANGUAGE grpc
      GENERATE_EXTENSIONS .grpc.pb.h .grpc.pb.cc
      PLUGIN "protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>"
      IMPORT_DIRS ${ARG_IMPORT_DIR} PROTOC_OUT_DIR ${out})
    target_link_libraries(mongoose_${name} PUBLIC gRPC::grpc++)
  endif()
  target_include_directories(mongoose_${name} SYSTEM PUBLIC ${out})
  target_link_libraries(mongoose_${name} PUBLIC mongoose_options
    protobuf::libprotobuf ${ARG_DEPS})
endfunction()

# mongoose_embed(<target> <constant> <file>): makes the bytes of a file a
# std::string_view of the target; declared in server/embedded_files.h.
function(mongoose_embed target constant file)
  set(input ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded/${constant}.cc)
  set(script ${PROJECT_SOURCE_DIR}/cmake/EmbedFile.cmake)
  add_custom_command(OUTPUT ${output} DEPENDS ${input} ${script}
    COMMAND ${CMAKE_COMMAND} -DFILE=${input} -DOUT=${output} -DNAME=${constant}
      -P ${script})
  target_sources(${target} PRIVATE ${output})
endfunction()
