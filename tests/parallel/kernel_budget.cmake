# Registers and spills of every kernel for a GPU, compiled as the library is, against a table. No GPU is needed.
set(budget_test "kernels for a GPU keep to the registers of kernel_budget.csv")
find_program(CONTINUO_PYTHON3 python3)
if(CONTINUO_HAS_CUDA AND CONTINUO_PYTHON3)
  get_target_property(kernel_sources continuo_cuda SOURCES)
  list(FILTER kernel_sources INCLUDE REGEX "\\.cu$")
  list(TRANSFORM kernel_sources PREPEND "${PROJECT_SOURCE_DIR}/models/cuda/")
  foreach(kernels IN ITEMS scan_kernels selective_kernels)
    list(APPEND kernel_sources "${CMAKE_CURRENT_SOURCE_DIR}/${kernels}.cu")
  endforeach()
  get_target_property(kernel_flags continuo_cuda COMPILE_OPTIONS)
  add_test(NAME "${budget_test}"
    COMMAND "${CONTINUO_PYTHON3}" "${CMAKE_CURRENT_SOURCE_DIR}/kernel_budget.py"
      "${CMAKE_CURRENT_SOURCE_DIR}/kernel_budget.csv" --nvcc "${CMAKE_CUDA_COMPILER}" --include "${PROJECT_SOURCE_DIR}"
      --sources ${kernel_sources} --flags ${kernel_flags})
  set_tests_properties("${budget_test}" PROPERTIES TIMEOUT 600 PROCESSORS 2 COST 100)
else()
  add_test(NAME "${budget_test}" COMMAND "${CMAKE_COMMAND}" -E echo "SKIPPED: there is no nvcc, or no Python")
endif()
set_tests_properties("${budget_test}" PROPERTIES SKIP_REGULAR_EXPRESSION "SKIPPED:")
