# Everything comes from Debian packages; deploy/packages.txt lists them once.
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(hwy REQUIRED)
find_package(OpenMP REQUIRED)
find_package(BLAS REQUIRED)
find_package(LAPACK REQUIRED)
find_package(faiss CONFIG REQUIRED)
# Debian's dnnl-config.cmake asks for OpenCL headers that nothing here needs.
find_library(MONGOOSE_DNNL dnnl REQUIRED)
add_library(dnnl::dnnl UNKNOWN IMPORTED)
set_target_properties(dnnl::dnnl PROPERTIES
  IMPORTED_LOCATION ${MONGOOSE_DNNL})

if(NOT MONGOOSE_CORE_ONLY)
  find_package(Protobuf REQUIRED)  # module mode, before gRPC asks for it
  find_package(gRPC CONFIG REQUIRED)
  find_package(OpenSSL REQUIRED COMPONENTS Crypto)
  find_package(prometheus-cpp CONFIG REQUIRED)
  find_package(yaml-cpp CONFIG REQUIRED)
  find_package(nlohmann_json CONFIG REQUIRED)
  find_package(spdlog CONFIG REQUIRED)
  find_package(CLI11 CONFIG REQUIRED)
endif()

if(BUILD_TESTING OR NOT DEFINED BUILD_TESTING)
  find_package(GTest REQUIRED)
endif()
