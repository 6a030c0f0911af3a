# The sanitizers and the fuzzer each need a build of their own. Here each such build, with its tests, is one test of the
# whole.
option(CONTINUO_TEST_SANITIZERS "Build and test again under the sanitizers, as tests" OFF)
if(NOT CONTINUO_TEST_SANITIZERS)
  return()
endif()

# continuo_add_preset_test(NAME PRESET): configures, builds and tests the workflow preset of that name.
function(continuo_add_preset_test name preset)
  add_test(NAME "${name}" COMMAND ${CMAKE_COMMAND} --workflow --preset ${preset} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  set_tests_properties("${name}" PROPERTIES TIMEOUT 2400 PROCESSORS 2 COST 1000)
endfunction()

continuo_add_preset_test("sanitizers: address and undefined behaviour" asan)

# RealtimeSanitizer came with clang 20. Debian 12 has clang 22 among its security updates.
find_program(CONTINUO_CLANG clang++-22)
foreach(test IN ITEMS "sanitizers: real time;rtsan" "fuzzer: model files;fuzz")
  list(POP_FRONT test name preset)
  if(CONTINUO_CLANG)
    continuo_add_preset_test("${name}" ${preset})
  else()
    add_test(NAME "${name}" COMMAND sh -c "echo 'Skipped: there is no clang++-22.'; exit 77")
    set_tests_properties("${name}" PROPERTIES SKIP_RETURN_CODE 77)
  endif()
endforeach()
