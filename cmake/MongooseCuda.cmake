# The CUDA toolkit, where there is one.  Nothing needs a GPU to build or test.
# Builds with sanitizers go without it.
set(MONGOOSE_CUDA AUTO CACHE STRING
  "Build the CUDA device: ON, OFF, or AUTO for where nvcc is found")
set_property(CACHE MONGOOSE_CUDA PROPERTY STRINGS AUTO ON OFF)
set(MONGOOSE_HAS_CUDA OFF)
if(MONGOOSE_SANITIZE OR NOT MONGOOSE_CUDA)
  return()
endif()

set(oldest 12.8)  # the first that knows compute_100
find_program(MONGOOSE_NVCC nvcc PATHS /usr/local/cuda/bin)
set(version 0)
if(MONGOOSE_NVCC)
  execute_process(COMMAND ${MONGOOSE_NVCC} --version OUTPUT_VARIABLE text)
  if(text MATCHES "release ([0-9.]+)")
    set(version ${CMAKE_MATCH_1})
  endif()
endif()
if(version VERSION_GREATER_EQUAL oldest)
  # Ampere, Hopper, Blackwell, and what comes later by the last one's PTX.
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 100 CACHE STRING "")
  set(CMAKE_CUDA_COMPILER ${MONGOOSE_NVCC})
  enable_language(CUDA)
  set(MONGOOSE_HAS_CUDA ON)
elseif(NOT MONGOOSE_CUDA STREQUAL "AUTO")
  message(FATAL_ERROR
    "MONGOOSE_CUDA is ${MONGOOSE_CUDA}, but there is no nvcc ${oldest} or newer")
else()
  message(STATUS
    "No nvcc ${oldest} or newer found: built without the CUDA device")
endif()
