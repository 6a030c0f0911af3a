# What each is for stands in docs/hacking.md. The system's packages come first; a download of the same version, built
# beside ours, only where a package is missing. The linear algebra, JSON, command-line, audio-file, loudness,
# resampling and hashing of others are better kept there than here.
include(FetchContent)
find_package(Threads REQUIRED)

# Downloads are only used, never tested, installed or documented here.
set(BUILD_TESTING OFF CACHE BOOL "Build the tests of downloaded libraries")
set(BUILD_SHARED_LIBS OFF CACHE BOOL "Build downloaded libraries as shared ones")

FetchContent_Declare(xsimd SYSTEM
  GIT_REPOSITORY https://github.com/xtensor-stack/xsimd.git
  GIT_TAG 8.1.0
  GIT_SHALLOW ON
  FIND_PACKAGE_ARGS 8.1)
FetchContent_Declare(nlohmann_json SYSTEM
  GIT_REPOSITORY https://github.com/nlohmann/json.git
  GIT_TAG v3.11.2
  GIT_SHALLOW ON
  FIND_PACKAGE_ARGS 3.11)
FetchContent_Declare(CLI11 SYSTEM
  GIT_REPOSITORY https://github.com/CLIUtils/CLI11.git
  GIT_TAG v2.1.2
  GIT_SHALLOW ON
  FIND_PACKAGE_ARGS 2.1)
FetchContent_MakeAvailable(xsimd nlohmann_json CLI11)

# Debian's target for xsimd 8.1 asks the linker for xtl, a library of headers that only XSIMD_ENABLE_XTL_COMPLEX needs.
get_target_property(continuo_xsimd_imported xsimd IMPORTED)
if(continuo_xsimd_imported)
  set_target_properties(xsimd PROPERTIES INTERFACE_LINK_LIBRARIES "")
endif()

# Headers alone: Eigen's own build would add its test suite and its BLAS to ours.
find_package(Eigen3 3.4 QUIET NO_MODULE)
if(NOT Eigen3_FOUND)
  FetchContent_Declare(eigen
    GIT_REPOSITORY https://gitlab.com/libeigen/eigen.git
    GIT_TAG 3.4.0
    GIT_SHALLOW ON
    SOURCE_SUBDIR no-build)
  FetchContent_MakeAvailable(eigen)
  add_library(continuo_eigen INTERFACE)
  target_include_directories(continuo_eigen SYSTEM INTERFACE "${eigen_SOURCE_DIR}")
  add_library(Eigen3::Eigen ALIAS continuo_eigen)
endif()

# These four come with pkg-config files on every system; our code links PkgConfig::NAME wherever they are from.
find_package(PkgConfig REQUIRED)
pkg_check_modules(SNDFILE QUIET IMPORTED_TARGET sndfile)
pkg_check_modules(EBUR128 QUIET IMPORTED_TARGET libebur128)
pkg_check_modules(SAMPLERATE QUIET IMPORTED_TARGET samplerate)
pkg_check_modules(XXHASH QUIET IMPORTED_TARGET libxxhash)
if(NOT TARGET PkgConfig::SNDFILE)
  # Without the libraries for FLAC, Ogg and Opus on the machine, this one reads WAV and AIFF alone.
  set(BUILD_PROGRAMS OFF CACHE BOOL "Build the programs of libsndfile")
  set(BUILD_EXAMPLES OFF CACHE BOOL "Build the examples of libsndfile")
  set(ENABLE_CPACK OFF CACHE BOOL "Package libsndfile")
  FetchContent_Declare(sndfile SYSTEM
    GIT_REPOSITORY https://github.com/libsndfile/libsndfile.git
    GIT_TAG 1.2.0
    GIT_SHALLOW ON)
  FetchContent_MakeAvailable(sndfile)
  add_library(PkgConfig::SNDFILE ALIAS sndfile)
endif()
if(NOT TARGET PkgConfig::EBUR128)
  set(ENABLE_TESTS OFF CACHE BOOL "Build the tests of libebur128")
  FetchContent_Declare(ebur128
    GIT_REPOSITORY https://github.com/jiixyj/libebur128.git
    GIT_TAG v1.2.6
    GIT_SHALLOW ON
    SOURCE_SUBDIR no-build)
  FetchContent_MakeAvailable(ebur128)
  enable_language(C)
  add_library(continuo_ebur128 STATIC "${ebur128_SOURCE_DIR}/ebur128/ebur128.c")
  target_include_directories(continuo_ebur128 SYSTEM
    PUBLIC "${ebur128_SOURCE_DIR}/ebur128" PRIVATE "${ebur128_SOURCE_DIR}/ebur128/queue")
  add_library(PkgConfig::EBUR128 ALIAS continuo_ebur128)
endif()
if(NOT TARGET PkgConfig::SAMPLERATE)
  set(LIBSAMPLERATE_EXAMPLES OFF CACHE BOOL "Build the examples of libsamplerate")
  set(LIBSAMPLERATE_INSTALL OFF CACHE BOOL "Install libsamplerate")
  FetchContent_Declare(samplerate SYSTEM
    GIT_REPOSITORY https://github.com/libsndfile/libsamplerate.git
    GIT_TAG 0.2.2
    GIT_SHALLOW ON)
  FetchContent_MakeAvailable(samplerate)
  add_library(PkgConfig::SAMPLERATE ALIAS samplerate)
endif()
if(NOT TARGET PkgConfig::XXHASH)
  FetchContent_Declare(xxhash
    GIT_REPOSITORY https://github.com/Cyan4973/xxHash.git
    GIT_TAG v0.8.1
    GIT_SHALLOW ON
    SOURCE_SUBDIR no-build)
  FetchContent_MakeAvailable(xxhash)
  enable_language(C)
  add_library(continuo_xxhash STATIC "${xxhash_SOURCE_DIR}/xxhash.c")
  target_include_directories(continuo_xxhash SYSTEM PUBLIC "${xxhash_SOURCE_DIR}")
  add_library(PkgConfig::XXHASH ALIAS continuo_xxhash)
endif()
