# JUCE for the plug-in: the system's package, or a source tree of JUCE 7 or 8 that CONTINUO_JUCE_SOURCE_DIR names.
set(CONTINUO_JUCE_SOURCE_DIR "" CACHE PATH "A JUCE source tree to use in place of the installed package")
set(CONTINUO_LV2_URI "https://continuo.example/plugin")
set(CONTINUO_JUCE_SYSTEM_LIBRARIES "")

if(CONTINUO_JUCE_SOURCE_DIR)
  add_subdirectory("${CONTINUO_JUCE_SOURCE_DIR}" juce EXCLUDE_FROM_ALL SYSTEM)
  return()
endif()
# Debian's version file accepts the exact version alone, so none is asked for.
find_package(JUCE CONFIG REQUIRED)
# Debian's JUCE comes without the codecs, for audio and for pictures, that it bundles elsewhere.
find_package(PkgConfig REQUIRED)
pkg_check_modules(CONTINUO_JUCE_CODECS REQUIRED IMPORTED_TARGET flac vorbis vorbisenc vorbisfile ogg zlib libpng libjpeg)
set(CONTINUO_JUCE_SYSTEM_LIBRARIES PkgConfig::CONTINUO_JUCE_CODECS)
