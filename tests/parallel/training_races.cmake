# The same for the kernels that train.
set(training_race_test "training_race_tests: kernels that train, under ThreadSanitizer")
if(CONTINUO_SANITIZE)
  # Two sanitizers do not go into one program.
elseif(CONTINUO_HAS_THREAD_SANITIZER)
  add_executable(training_race_tests "${PROJECT_SOURCE_DIR}/tests/dsp/stacks.cpp" training_races.cpp)
  target_compile_options(training_race_tests PRIVATE -fsanitize=thread -O1 -g1)
  target_link_options(training_race_tests PRIVATE -fsanitize=thread)
  target_link_libraries(training_race_tests PRIVATE continuo_test_main continuo_parallel)
  add_test(NAME "${training_race_test}" COMMAND training_race_tests)
  set_tests_properties("${training_race_test}" PROPERTIES TIMEOUT 300 PROCESSORS 2
    ENVIRONMENT "TSAN_OPTIONS=halt_on_error=1" SKIP_REGULAR_EXPRESSION "ThreadSanitizer: unexpected memory mapping")
else()
  add_test(NAME "${training_race_test}" COMMAND "${CMAKE_COMMAND}" -E echo "SKIPPED: the compiler has no ThreadSanitizer")
  set_tests_properties("${training_race_test}" PROPERTIES SKIP_REGULAR_EXPRESSION "SKIPPED:")
endif()
