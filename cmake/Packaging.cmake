# cmake --install BUILD [--prefix WHERE]: the program, the plug-in, their licences and documents. cpack, in BUILD, makes
# a Debian package of the same.
if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()
include(GNUInstallDirs)
install(TARGETS continuo RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
set(packaged_files "${CMAKE_CURRENT_LIST_DIR}/package")
set(manual_pages continuo.1)
if(CONTINUO_HAS_CUDA) # where the program looks for it, beside its bin/
  install(TARGETS continuo_cuda LIBRARY DESTINATION lib/continuo)
endif()
install(FILES LICENSE README.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY docs DESTINATION "${CMAKE_INSTALL_DOCDIR}" FILES_MATCHING PATTERN "*.md" PATTERN "*.png")

if(CONTINUO_BUILD_PLUGIN)
  # Bundles are folders. Hosts on Linux look for them in lib/, whatever the libraries of the system are in.
  foreach(format VST3 LV2)
    string(TOLOWER "${format}" folder)
    get_target_property(bundle continuo_plugin_${format} JUCE_PLUGIN_ARTEFACT_FILE)
    install(DIRECTORY "${bundle}" DESTINATION "lib/${folder}" USE_SOURCE_PERMISSIONS)
  endforeach()
  get_target_property(standalone continuo_plugin_Standalone JUCE_PLUGIN_ARTEFACT_FILE)
  # Under a name that differs from the command line's in more than a capital.
  install(PROGRAMS "${standalone}" DESTINATION "${CMAKE_INSTALL_BINDIR}" RENAME continuo-standalone)
  # CMake strips what it installs as a target, and bundles are none.
  if(CMAKE_STRIP)
    install(CODE "set(strip \"${CMAKE_STRIP}\")")
    install(CODE "set(files \"lib/vst3/Continuo.vst3/*.so\" \"lib/lv2/Continuo.lv2/*.so\" \"${CMAKE_INSTALL_BINDIR}/continuo-standalone\")")
    install(CODE [[
      if(CMAKE_INSTALL_DO_STRIP)
        list(TRANSFORM files PREPEND "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/")
        file(GLOB_RECURSE files ${files})
        execute_process(COMMAND "${strip}" --strip-unneeded ${files} COMMAND_ERROR_IS_FATAL ANY)
      endif()]])
  endif()
  if(UNIX AND NOT APPLE)
    install(FILES "${packaged_files}/continuo.desktop" DESTINATION "${CMAKE_INSTALL_DATADIR}/applications")
  endif()
  list(APPEND manual_pages continuo-standalone.1)
  get_property(factory_models GLOBAL PROPERTY CONTINUO_FACTORY_MODELS)
  list(TRANSFORM factory_models REPLACE "ssm$" "md" OUTPUT_VARIABLE factory_cards)
  install(FILES ${factory_models} ${factory_cards} DESTINATION "${CMAKE_INSTALL_DATADIR}/continuo/models")
  install(FILES plugin/LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}" RENAME LICENSE.plugin)
endif()

# continuo_install_compressed(FILE FOLDER): what Debian wants packed, without the time of packing, so that the same source
# gives the same package.
find_program(CONTINUO_GZIP gzip)
function(continuo_install_compressed file folder)
  set(packed "${CMAKE_CURRENT_BINARY_DIR}/package/${file}.gz")
  add_custom_command(OUTPUT "${packed}" DEPENDS "${packaged_files}/${file}"
    COMMAND "${CONTINUO_GZIP}" -9nc "${packaged_files}/${file}" > "${packed}" VERBATIM)
  add_custom_target(continuo_packed_${file} ALL DEPENDS "${packed}")
  install(FILES "${packed}" DESTINATION "${folder}")
endfunction()
if(UNIX AND NOT APPLE AND CONTINUO_GZIP)
  file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/package")
  install(FILES "${packaged_files}/copyright" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
  continuo_install_compressed(changelog "${CMAKE_INSTALL_DOCDIR}")
  foreach(page IN LISTS manual_pages)
    continuo_install_compressed(${page} "${CMAKE_INSTALL_MANDIR}/man1")
  endforeach()
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME continuo)
set(CPACK_PACKAGE_CONTACT "Continuo developers <developers@continuo.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION sound)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_PACKAGE_DESCRIPTION
"Continuo learns an amplifier, a pedal or a compressor from a recording of what
went in and one of what came out, and plays audio through the model.
.
This package holds the program continuo, which trains, renders and measures, a
plug-in (VST3 and LV2), the same without a host, and factory models.")
# JUCE opens the libraries of X11 itself, so that dpkg-shlibdeps does not see them, and finds its fonts as fontconfig's file
# says; without these no window opens, or one without a letter in it.
if(CONTINUO_BUILD_PLUGIN)
  set(CPACK_DEBIAN_PACKAGE_DEPENDS "libx11-6, libxext6, libxcursor1, libxinerama1, libxrandr2, fontconfig-config")
endif()
set(CPACK_STRIP_FILES ON)
include(CPack)
