# Threads play a GPU's in these tests, so ThreadSanitizer finds the barrier that a kernel lacks. One small program with all
# that it checks compiled into it, and no build of its own.
set(race_test "parallel_race_tests: kernels and threads of the scan, under ThreadSanitizer")
include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_FLAGS -fsanitize=thread)
check_cxx_source_compiles("int main() {}" CONTINUO_HAS_THREAD_SANITIZER)
unset(CMAKE_REQUIRED_FLAGS)
if(CONTINUO_SANITIZE)
  # Two sanitizers do not go into one program.
elseif(CONTINUO_HAS_THREAD_SANITIZER)
  set(scan "${PROJECT_SOURCE_DIR}/models/parallel/scan")
  add_executable(parallel_race_tests
    "${PROJECT_SOURCE_DIR}/tests/dsp/stacks.cpp"
    "${scan}/cpu_scan.cpp"
    "${scan}/cpu_scan_backward.cpp"
    "${scan}/cpu/channel_tables.cpp"
    "${scan}/cpu/scan_kernel_sse2.cpp"
    "${scan}/cpu/scan_kernel_avx2.cpp"
    "${scan}/cpu/scan_kernel_avx512.cpp"
    "${scan}/cpu/scan_kernel_neon.cpp"
    "${scan}/cpu/tail.cpp"
    kernel_races.cpp
    scan_back_ends.cpp
    scan_cases.cpp)
  foreach(instruction_set sse2 avx2 avx512 neon)
    continuo_kernel("${scan}/cpu/scan_kernel_${instruction_set}.cpp" ${instruction_set})
  endforeach()
  target_compile_options(parallel_race_tests PRIVATE -fsanitize=thread -O1 -g1)
  target_link_options(parallel_race_tests PRIVATE -fsanitize=thread)
  target_link_libraries(parallel_race_tests PRIVATE continuo_test_main continuo_parallel)
  add_test(NAME "${race_test}" COMMAND parallel_race_tests)
  # On kernels that scatter memory more than an older ThreadSanitizer expects, it says so and gives up.
  set_tests_properties("${race_test}" PROPERTIES TIMEOUT 300 PROCESSORS 2 ENVIRONMENT "TSAN_OPTIONS=halt_on_error=1"
    SKIP_REGULAR_EXPRESSION "ThreadSanitizer: unexpected memory mapping")
else()
  add_test(NAME "${race_test}" COMMAND "${CMAKE_COMMAND}" -E echo "SKIPPED: the compiler has no ThreadSanitizer")
  set_tests_properties("${race_test}" PROPERTIES SKIP_REGULAR_EXPRESSION "SKIPPED:")
endif()
