# Settings for our own code alone: every target of ours links continuo_settings, nothing that we only use does.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_library(continuo_settings INTERFACE)
target_include_directories(continuo_settings INTERFACE "${PROJECT_SOURCE_DIR}")
# The sums of a model must come out the same in every build, so the compiler may not fuse operations on its own. Targets
# that compile sources of others beside ours say so by the property CONTINUO_FOREIGN_SOURCES, and get no warnings.
set(continuo_warnings -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror)
target_compile_options(continuo_settings INTERFACE
  -ffp-contract=off
  "$<$<NOT:$<BOOL:$<TARGET_PROPERTY:CONTINUO_FOREIGN_SOURCES>>>:${continuo_warnings}>")

# Catch2's macros count with __COUNTER__, which clang 22 calls an extension of a later C.
include(CheckCXXCompilerFlag)
check_cxx_compiler_flag(-Wc2y-extensions CONTINUO_HAS_C2Y_WARNING)
if(CONTINUO_HAS_C2Y_WARNING)
  target_compile_options(continuo_settings INTERFACE -Wno-c2y-extensions)
endif()

set(CONTINUO_SANITIZE "" CACHE STRING "Sanitizers, as in -fsanitize=... (address,undefined | realtime | thread)")
if(CONTINUO_SANITIZE)
  target_compile_options(continuo_settings INTERFACE -fsanitize=${CONTINUO_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(continuo_settings INTERFACE -fsanitize=${CONTINUO_SANITIZE})
  # GCC's own documentation: with sanitizers this warning sees uses that do not happen, here in the standard library.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(continuo_settings INTERFACE -Wno-maybe-uninitialized)
    # GCC asks before every access whether a pointer is null and aligned, which makes code on top of Eigen three times as
    # slow and takes half of the time to compile it. AddressSanitizer stops at a null pointer by itself, and the fuzzer's
    # build, where bytes of files become numbers, is made by clang and checks both.
    if(CONTINUO_SANITIZE MATCHES "undefined")
      target_compile_options(continuo_settings INTERFACE -fno-sanitize=null,alignment)
    endif()
  endif()
endif()

# continuo_kernel(FILE INSTRUCTION_SET): a source that is compiled for one instruction set, chosen at run time; a file for
# another processor family compiles to nothing. Kernels are always optimised, so that a debug build keeps up with the sound
# and their inline functions stay inside them.
function(continuo_kernel file instruction_set)
  set(options -O3 -fno-math-errno -fno-trapping-math)
  # Unrolled loops with the undefined-behaviour checks, or with a guarded stack, take GCC and clang minutes to compile.
  # What is on the heap, all of the audio and the states, stays guarded.
  if(CONTINUO_SANITIZE MATCHES "undefined")
    list(APPEND options -fno-sanitize=undefined)
  endif()
  if(CONTINUO_SANITIZE MATCHES "address" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND options --param=asan-stack=0)
  elseif(CONTINUO_SANITIZE MATCHES "address")
    list(APPEND options -mllvm -asan-stack=0)
  endif()
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    if(instruction_set STREQUAL "avx2")
      list(APPEND options -mavx2 -mfma)
    elseif(instruction_set STREQUAL "avx512")
      list(APPEND options -mavx2 -mfma -mavx512f -mavx512cd -mavx512dq -mavx512bw -mavx512vl)
      if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU") # GCC 12 takes its own header's undefined registers for a mistake of ours
        list(APPEND options -Wno-uninitialized -Wno-maybe-uninitialized)
      endif()
    endif()
  endif()
  set_source_files_properties("${file}" PROPERTIES COMPILE_OPTIONS "${options}")
endfunction()
