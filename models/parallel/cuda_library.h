#pragma once

#include "models/parallel/cuda_engine.h"

#include <filesystem>
#include <memory>
#include <string>

namespace continuo::parallel {

/// A GPU that can be computed on, or why there is none.
struct OpenedCuda {
    std::unique_ptr<CudaEngine> engine; ///< null where there is none
    std::string reason;                 ///< then: one line without a full stop
};

/// Loads continuo_cuda, the library that alone needs CUDA, and opens the first GPU. The library stays loaded
/// until the program ends. [main-thread] Allocates. Takes some tenths of a second.
///
/// \param library  its file; empty: what the environment variable CONTINUO_CUDA_LIBRARY names, else where the
///     program was installed or built
OpenedCuda open_cuda(const std::filesystem::path& library = {});

} // namespace continuo::parallel
