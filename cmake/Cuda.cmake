# CONTINUO_CUDA = AUTO: with a CUDA compiler on the machine, the library that renders and trains on a GPU is built.
set(CONTINUO_CUDA AUTO CACHE STRING "Build the CUDA back end: AUTO, ON or OFF")
set_property(CACHE CONTINUO_CUDA PROPERTY STRINGS AUTO ON OFF)
# The virtual one is compiled on the user's machine, for any GPU since 2018.
set(CONTINUO_CUDA_ARCHITECTURES "75-virtual;80-real;90-real" CACHE STRING "GPUs that the CUDA back end is compiled for")
set(CONTINUO_HAS_CUDA OFF)
if(CONTINUO_CUDA)
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    set(CMAKE_CUDA_ARCHITECTURES OFF) # every target names its own
    enable_language(CUDA)
    set(CONTINUO_HAS_CUDA ON)
  elseif(NOT CONTINUO_CUDA STREQUAL "AUTO")
    message(FATAL_ERROR "CONTINUO_CUDA is ON and there is no CUDA compiler: set CUDACXX to nvcc, or CONTINUO_CUDA to AUTO")
  endif()
endif()
