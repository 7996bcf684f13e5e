# The CUDA toolkit, where there is one.  Nothing needs a GPU to build or test.
set(MONGOOSE_CUDA AUTO CACHE STRING
  "Build the CUDA device: ON, OFF, or AUTO for where nvcc is found")
set_property(CACHE MONGOOSE_CUDA PROPERTY STRINGS AUTO ON OFF)
set(MONGOOSE_HAS_CUDA OFF)
if(MONGOOSE_SANITIZE OR NOT MONGOOSE_CUDA)
  return()
endif()

find_program(MONGOOSE_NVCC nvcc PATHS /usr/local/cuda/bin)
if(MONGOOSE_NVCC)
  # Ampere, Hopper, Blackwell, and what comes later by the last one's PTX.
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 100 CACHE STRING "")
  set(CMAKE_CUDA_COMPILER ${MONGOOSE_NVCC})
  enable_language(CUDA)
  set(MONGOOSE_HAS_CUDA ON)
elseif(MONGOOSE_CUDA STREQUAL "ON")
  message(FATAL_ERROR "MONGOOSE_CUDA is ON, but there is no nvcc")
else()
  message(STATUS "nvcc not found: built without the CUDA device")
endif()
