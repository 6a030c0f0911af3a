# The scan on every back end beside the floor that a GPU's memory sets. One file that runs on a machine with a driver and
# nothing else.
add_executable(scan_speed scan_speed.cpp scan_speed_cpu.cpp scan_recurrence.cpp)
continuo_kernel(scan_recurrence.cpp avx2)
target_link_libraries(scan_speed PRIVATE continuo_parallel nlohmann_json::nlohmann_json)
target_link_options(scan_speed PRIVATE -static-libstdc++ -static-libgcc)
if(CONTINUO_HAS_CUDA)
  add_library(scan_speed_gpu STATIC scan_speed_gpu.cu selective_speed_gpu.cu)
  target_include_directories(scan_speed_gpu PRIVATE "${PROJECT_SOURCE_DIR}")
  set_target_properties(scan_speed_gpu PROPERTIES
    CUDA_STANDARD 17
    CUDA_STANDARD_REQUIRED ON
    CUDA_RUNTIME_LIBRARY Static
    CUDA_ARCHITECTURES "${CONTINUO_CUDA_ARCHITECTURES}")
  target_compile_options(scan_speed_gpu PRIVATE --fmad=false --expt-relaxed-constexpr -O3 -lineinfo
    -Xcompiler=-Wall,-Wextra,-Werror)
  target_link_libraries(scan_speed_gpu INTERFACE continuo_parallel) # for the selective scan in double
  target_link_libraries(scan_speed PRIVATE scan_speed_gpu)
  target_compile_definitions(scan_speed PRIVATE CONTINUO_HAS_CUDA)
endif()
