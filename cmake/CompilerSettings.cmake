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
# The sums of a model must come out the same in every build, so the compiler may not fuse operations on its own.
target_compile_options(continuo_settings INTERFACE
  -ffp-contract=off -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror)

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
endif()
